/** What engines/spark/python/glue_tests tells while pytest runs; channel.py there lists the events. */
export type TestEvent =
  | { readonly event: 'found'; readonly id: string; readonly line: number }
  | { readonly event: 'deselected' | 'begin'; readonly id: string }
  | ({ readonly event: 'collection-error'; readonly id: string } & FailureFacts)
  | ({
      readonly event: 'end';
      readonly id: string;
      readonly outcome: CaseOutcome;
      readonly seconds: number;
    } & FailureFacts)
  | { readonly event: 'spark'; readonly version: string; readonly seconds: number }
  | { readonly event: 'spark-died'; readonly code: number }
  | { readonly event: 'internal-error'; readonly text: string }
  | { readonly event: 'where'; readonly text: string; readonly place: Place | undefined }
  | { readonly event: 'finish'; readonly status: number; readonly reason: string | undefined };

/** `error`: a fixture of the test failed. `xfailed`: the test failed as the team expects. */
export type CaseOutcome = (typeof OUTCOMES)[number];
const OUTCOMES = ['passed', 'failed', 'error', 'skipped', 'xfailed'] as const;

export interface FailureFacts {
  /** A few lines; empty for a test that passed. */
  readonly message: string;
  /** The traceback as pytest shows it. */
  readonly text: string;
  /** What the test printed. */
  readonly output: string;
  /** The innermost line in the team's files. */
  readonly place: Place | undefined;
  /** The module that was not there, where that is what failed. */
  readonly module: string | undefined;
}

export interface Place {
  /** Relative to the workspace. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Reads one line. Undefined for what is no event: a test may write to every descriptor. */
export function parseEvent(line: string): TestEvent | undefined {
  const facts = jsonObject(line);
  if (facts === undefined) return undefined;
  const { event, id, outcome } = facts;
  switch (event) {
    case 'found':
      return typeof id === 'string' ? { event, id, line: wholeNumber(facts.line) ?? 1 } : undefined;
    case 'deselected':
    case 'begin':
      return typeof id === 'string' ? { event, id } : undefined;
    case 'collection-error':
      return typeof id === 'string' ? { event, id, ...failureFacts(facts) } : undefined;
    case 'end': {
      const known = OUTCOMES.find((each) => each === outcome);
      if (typeof id !== 'string' || known === undefined) return undefined;
      return { event, id, outcome: known, seconds: seconds(facts.seconds), ...failureFacts(facts) };
    }
    case 'spark':
      return { event, version: text(facts.version), seconds: seconds(facts.seconds) };
    case 'spark-died':
      return { event, code: wholeNumber(facts.code) ?? 0 };
    case 'internal-error':
      return { event, text: text(facts.text) };
    case 'where':
      return { event, text: text(facts.text), place: placeOf(facts) };
    case 'finish': {
      const status = wholeNumber(facts.status);
      if (status === undefined) return undefined;
      return { event, status, reason: typeof facts.reason === 'string' ? facts.reason : undefined };
    }
    default:
      return undefined;
  }
}

type Facts = Readonly<Record<string, unknown>>;

function jsonObject(line: string): Facts | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Facts) : undefined;
  } catch {
    return undefined;
  }
}

function failureFacts(facts: Facts): FailureFacts {
  return {
    message: text(facts.message),
    text: text(facts.text),
    output: text(facts.output),
    place: placeOf(facts),
    module: typeof facts.module === 'string' ? facts.module : undefined,
  };
}

function placeOf({ file, line }: Facts): Place | undefined {
  const from1 = wholeNumber(line);
  return typeof file === 'string' && from1 !== undefined && from1 > 0 ? { file, line: from1 } : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function seconds(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
