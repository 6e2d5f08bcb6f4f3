import type { IncomingMessage } from 'node:http';
import type { Child } from '../children.ts';
import { LocalAwsError } from '../local-aws-error.ts';
import { peek } from '../peek.ts';
import { Backstage } from './backstage.ts';
import { JobEnvironments } from './environment.ts';
import { GlueError, invalid } from './error.ts';
import { JobRuns } from './job-runs.ts';
import { Members } from './members.ts';
import type { EarlyEnd } from './run.ts';
import { RunStore } from './run-store.ts';
import { Runner } from './runner.ts';

const LARGEST_BODY = 1024 * 1024;

/** The operations of Glue that are answered here; the others are ministack's. */
const OPERATIONS: ReadonlySet<string> = new Set(['StartJobRun', 'GetJobRun', 'GetJobRuns', 'BatchStopJobRun']);

export function isGlueRunCall(service: string, operation: string): boolean {
  return service === 'glue' && OPERATIONS.has(operation);
}

export interface GlueRequest {
  readonly request: IncomingMessage;
  readonly operation: string;
  readonly region: string;
  readonly account: string;
}

/** An answer that has not been sent yet. */
export interface GlueAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface GlueParts {
  readonly ministack: () => Promise<Child>;
  /** The address of the gateway. */
  readonly endpoint: () => string;
  readonly say: (line: string) => void;
  /** How many seconds a minute of a job's time-out lasts; 60 where it is not said. */
  readonly minuteSeconds?: number | undefined;
}

/** Runs of Glue jobs: the scripts are run, those of Spark jobs on the Spark of the job's version. */
export class Glue {
  readonly #store = new RunStore();
  readonly #jobRuns: JobRuns;

  constructor({ ministack, endpoint, say, minuteSeconds = 60 }: GlueParts) {
    const backstage = new Backstage(ministack);
    const environments = new JobEnvironments(say);
    const runner = new Runner({ backstage, environments, endpoint, minuteMs: minuteSeconds * 1000 });
    this.#jobRuns = new JobRuns(this.#store, backstage, runner);
  }

  /** Answers a request, but does not send the answer. */
  async answer({ request, operation, region, account }: GlueRequest): Promise<GlueAnswer> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'headgate-local' };
    try {
      const members = new Members(await readBody(request));
      const answer = await this.#jobRuns.operations[operation]?.({ account, region }, members);
      return { status: 200, headers, body: JSON.stringify(answer) };
    } catch (error) {
      const { code, status, message } = answerTo(error);
      const body = JSON.stringify({ __type: code, Message: message, message });
      return { status, headers: { ...headers, 'x-amzn-errortype': code }, body };
    }
  }

  /** Ends all runs and forgets them. */
  async clear(): Promise<void> {
    const runs = this.#store.clear();
    for (const run of runs) run.ending.abort('forgotten' satisfies EarlyEnd);
    await Promise.all(runs.map((run) => run.done));
  }
}

/** The error that a caller gets; what keeps the local AWS from working is told to clients, too. */
function answerTo(error: unknown): GlueError {
  if (error instanceof GlueError) return error;
  if (error instanceof LocalAwsError) return new GlueError('InternalServiceException', error.message, 500);
  throw error;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const { head } = await peek(request, LARGEST_BODY + 1);
  if (head.length > LARGEST_BODY) throw invalid(`The body is larger than ${LARGEST_BODY} bytes.`);
  try {
    return JSON.parse(head.toString('utf8') || '{}');
  } catch {
    throw new GlueError('SerializationException', 'The body is not JSON.');
  }
}
