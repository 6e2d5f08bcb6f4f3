import { type Advice, adviceOn, tellingLine } from './cause.ts';
import type { EndedRun } from './follow.ts';
import { spell } from './spell.ts';
import { endOf, type Status } from './states.ts';

/** What a run came to, told in sentences. */
export interface Verdict {
  readonly status: Status;
  /** Without a final full stop. */
  readonly what: string;
  /** Of a run that did not succeed. */
  readonly advice: Advice | undefined;
}

export interface Judged extends EndedRun {
  readonly name: string;
  /** Seconds. */
  readonly timeout: number;
  readonly transforms: readonly string[];
}

/** Characters of a message that are told; the log has all. */
const LONGEST = 500;

/** Judges a run by its last attempt. Pure. */
export function judge({ name, attempts, isOverdue, timeout, transforms }: Judged): Verdict {
  const last = attempts.at(-1) ?? {};
  const { Id: id = '', JobRunState: state = 'not known', ErrorMessage: message = '' } = last;
  const status = endOf(last) ?? 'failed';
  const run = `The run ${id} of the job ${name}`;
  const line = tellingLine(message).slice(0, LONGEST);
  const said = line === '' ? '' : `: ${line}`;
  if (status === 'succeeded') return { status, what: `${run} has succeeded`, advice: undefined };
  if (isOverdue) {
    return {
      status: 'timed-out',
      what: `${run} was still going on after ${spell(timeout)} and was stopped`,
      advice: {
        cause: "it takes longer than 'timeout', or waits for something",
        next: "Look into the log of the run; give a longer 'timeout' or more 'workers'",
      },
    };
  }
  switch (status) {
    case 'stopped':
      return {
        status,
        what: `${run} was stopped by somebody else${said}`,
        advice: { cause: 'a person, or another program, has stopped it', next: 'Ask who did, or run again' },
      };
    case 'timed-out':
      return {
        status,
        what: `${run} took longer than Glue allows it (${last.Timeout ?? 'not known how many'} minutes)${said}`,
        advice: {
          cause: "the job's own time-out is shorter than the run takes",
          next: 'Look into the log of the run; raise the time-out of the job, or give it more workers',
        },
      };
    case 'expired':
      return {
        status,
        what: `${run} was not begun: it waited in the queue for too long${said}`,
        advice: {
          cause: 'other runs took the capacity of the account',
          next: 'Run again later, or have the quota of Glue raised in Service Quotas',
        },
      };
    case 'failed': {
      const tries = attempts.length === 1 ? '' : ` in all ${attempts.length} attempts, at last`;
      const how = state === 'FAILED' ? '' : ` (${state})`;
      return { status, what: `${run} has failed${tries}${how}${said}`, advice: adviceOn({ message, transforms }) };
    }
  }
}
