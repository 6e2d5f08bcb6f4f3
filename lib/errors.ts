/** What every failure that a user can meet says: what happened, the likely cause and the next step. */
export interface Explanation {
  /** What happened, as one sentence without a final full stop. */
  readonly what: string;
  /** The likely cause. */
  readonly cause?: string;
  /** What to do now. */
  readonly next?: string;
  /** Facts for the result file (never secrets). */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Markdown that is still worth showing although the operation failed. */
  readonly report?: string;
}

/** 0 done, 1 failed, 2 bad input, 130 cancelled. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Base of every error that an operation throws on purpose. Anything else is a defect of ours and says so. */
export class HeadgateError extends Error {
  readonly explanation: Explanation;
  readonly exitCode: ExitCode;

  constructor(explanation: Explanation, options?: { cause?: unknown; exitCode?: ExitCode }) {
    super(explainInOneParagraph(explanation), options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.explanation = explanation;
    this.exitCode = options?.exitCode ?? 1;
  }
}

/** The operation could not do what it was asked to (exit code 1). */
export class OperationFailed extends HeadgateError {}

/** The operation refuses, because going on could harm something that is not its own (exit code 1). */
export class Refused extends HeadgateError {}

/** The run was cancelled from outside (exit code 130). */
export class Cancelled extends HeadgateError {
  constructor(explanation: Explanation) {
    super(explanation, { exitCode: 130 });
  }
}

/** One rejected input: its name first, then the value and the allowed form. */
export interface InputProblem {
  readonly input: string;
  readonly message: string;
}

/** Input that was refused before anything changed; all problems of a call together (exit code 2). */
export class BadInput extends HeadgateError {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(
      {
        what: problems.map((problem) => problem.message).join('\n'),
        next: 'Correct the input and run again; nothing was changed',
        data: { problems },
      },
      { exitCode: 2 },
    );
    this.problems = problems;
  }
}

/** Shorthand for one rejected input. `message` follows the name: `'7x' is not a duration; write for example '90m'`. */
export function badInput(input: string, message: string): BadInput {
  return new BadInput([{ input, message: `input '${input}': ${message}` }]);
}

function explainInOneParagraph({ what, cause, next }: Explanation): string {
  return [
    what,
    cause === undefined ? undefined : `Likely cause: ${cause}`,
    next === undefined ? undefined : `Next: ${next}`,
  ]
    .filter((part) => part !== undefined)
    .join('. ');
}

/** The text of anything that was thrown. AWS errors keep their name and request id. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const requestId = awsRequestId(error);
  if (requestId === undefined) return error.message;
  return `${error.name}: ${error.message} (request id ${requestId})`;
}

/** The request id that AWS gave a failed call, where the error carries one. */
export function awsRequestId(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('requestId' in metadata)) return undefined;
  return typeof metadata.requestId === 'string' ? metadata.requestId : undefined;
}
