import type { FailureFacts, Place, TestEvent } from './events.ts';

/** How the process of pytest came to its end. */
export type ProcessEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'killed'; readonly signal: string }
  | { readonly how: 'timed-out'; readonly after: string };

/** What became of a test, or of what kept pytest from running some. */
export interface CaseResult extends FailureFacts {
  /** As pytest names it: `transforms/tests/test_add.py::test_adds[1]`. */
  readonly id: string;
  /** The file that it is in, relative to the workspace; undefined for a failure of pytest as a whole. */
  readonly file: string | undefined;
  /** `failed`: what was tested is not so. `error`: it could not be tested. */
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped';
  readonly seconds: number;
  /** False for a test that was to run and did not, because of something else. */
  readonly hasRun: boolean;
}

export interface LedgerResult {
  readonly cases: readonly CaseResult[];
  /** Files with a test, selected or not, or with an error that hides some. */
  readonly testFiles: ReadonlySet<string>;
  /** How many tests there are, with those that are not selected. */
  readonly found: number;
  readonly spark: { readonly version: string; readonly seconds: number } | undefined;
  /** Exit code of the Java process, where it has ended by itself. */
  readonly sparkDied: number | undefined;
}

const NO_FACTS: FailureFacts = { message: '', text: '', output: '', place: undefined, module: undefined };

/** Lines of pytest that a message holds. */
const MOST_LINES = 15;

/** Exit statuses of pytest after which every test has told what became of it. Source: pytest, "Exit codes". */
const REGULAR = { passed: 0, failed: 1, noTests: 5 } as const;

/** Adds up the events of one run of pytest. */
export class Ledger {
  /** Each test that is to run, with its line. */
  readonly #waiting = new Map<string, number>();
  readonly #lines = new Map<string, number>();
  readonly #cases: CaseResult[] = [];
  readonly #broken = new Set<string>();
  #running: string | undefined;
  #finish: Extract<TestEvent, { event: 'finish' }> | undefined;
  #where: Extract<TestEvent, { event: 'where' }> | undefined;
  #internalError: string | undefined;
  #spark: LedgerResult['spark'];
  #sparkDied: number | undefined;

  add(event: TestEvent): void {
    switch (event.event) {
      case 'found':
        this.#lines.set(event.id, event.line);
        this.#waiting.set(event.id, event.line);
        break;
      case 'deselected':
        this.#waiting.delete(event.id);
        break;
      case 'collection-error':
        this.#broken.add(event.id);
        this.#cases.push({ ...facts(event), id: event.id, file: event.id, outcome: 'error', seconds: 0, hasRun: true });
        break;
      case 'begin':
        this.#running = event.id;
        break;
      case 'end':
        this.#end(event);
        break;
      case 'where':
        this.#where = event;
        break;
      case 'spark':
        this.#spark = { version: event.version, seconds: event.seconds };
        break;
      case 'spark-died':
        this.#sparkDied = event.code;
        break;
      case 'internal-error':
        this.#internalError = event.text;
        break;
      case 'finish':
        this.#finish = event;
    }
  }

  /** What it all came to. Every test that was to run is told of, also when the process died before. */
  result(end: ProcessEnd, lastLines: readonly string[]): LedgerResult {
    const cases = [...this.#cases, ...this.#unfinished(end), ...this.#general(end, lastLines)];
    return {
      cases,
      testFiles: new Set([...[...this.#lines.keys()].map(fileOf), ...this.#broken]),
      found: this.#lines.size,
      spark: this.#spark,
      sparkDied: this.#sparkDied,
    };
  }

  #end(event: Extract<TestEvent, { event: 'end' }>): void {
    const { id, outcome, seconds } = event;
    this.#running = undefined;
    this.#waiting.delete(id);
    const told = outcome === 'xfailed' ? 'skipped' : outcome;
    this.#cases.push({ ...facts(event), id, file: fileOf(id), outcome: told, seconds, hasRun: true });
  }

  /** The test that was running, and those that were to follow. */
  #unfinished(end: ProcessEnd): readonly CaseResult[] {
    const running = this.#running;
    const hasFailed = this.#cases.some(({ outcome }) => outcome === 'failed' || outcome === 'error');
    return [...this.#waiting].map(([id, line]): CaseResult => {
      const file = fileOf(id);
      if (id === running) {
        const { text, place = { file, line } } = this.#where ?? { text: '' };
        const message =
          end.how === 'timed-out' ? `still ran when ${endText(end)}` : `${endText(end)} while this test ran`;
        const more = { message, text: [message, text].join('\n').trimEnd(), place };
        return { ...NO_FACTS, ...more, id, file, outcome: 'error', seconds: 0, hasRun: true };
      }
      const why = this.#finish?.reason ?? (this.#finish === undefined ? endText(end) : 'pytest was stopped');
      const message = `did not run: ${why}`;
      // After a failure with -x the others are left out as the team wants; without one, a run must not look complete.
      const outcome = this.#finish !== undefined && hasFailed ? 'skipped' : 'error';
      const more = { message, text: message, place: { file, line } };
      return { ...NO_FACTS, ...more, id, file, outcome, seconds: 0, hasRun: false };
    });
  }

  /** A failure that belongs to no test: a conftest.py that cannot be imported, an option that pytest does not know. */
  #general(end: ProcessEnd, lastLines: readonly string[]): readonly CaseResult[] {
    const status = this.#finish?.status;
    const isRegular = status === REGULAR.passed || status === REGULAR.failed || status === REGULAR.noTests;
    const hasEnded = end.how === 'exited' && end.code === status;
    const isTold = this.#cases.some(({ outcome }) => outcome === 'failed' || outcome === 'error');
    if (isRegular && hasEnded && (status !== REGULAR.failed || isTold)) return [];
    if (this.#running !== undefined && this.#waiting.has(this.#running)) return [];
    const what = this.#internalError ?? this.#finish?.reason ?? endText(end);
    const message = [what, ...lastLines.slice(-MOST_LINES)].join('\n');
    const text = [what, ...lastLines].join('\n');
    const { place } = this.#where ?? { place: placeInLines(lastLines) };
    const more = { message, text, place };
    return [{ ...NO_FACTS, ...more, id: 'pytest', file: undefined, outcome: 'error', seconds: 0, hasRun: true }];
  }
}

/** The file of a test, or the file itself. */
export function fileOf(id: string): string {
  return id.split('::')[0] ?? id;
}

function facts({ message, text, output, place, module }: FailureFacts): FailureFacts {
  return { message, text, output, place, module };
}

function endText(end: ProcessEnd): string {
  switch (end.how) {
    case 'exited':
      return `the Python process ended with exit code ${end.code}`;
    case 'killed':
      return `the Python process was ended by ${end.signal}`;
    case 'timed-out':
      return `the time for all tests, ${end.after}, was over`;
  }
}

/** Where a conftest.py failed, as pytest prints it: `tests/conftest.py:3: in <module>`. */
function placeInLines(lines: readonly string[]): Place | undefined {
  for (const line of [...lines].reverse()) {
    const [, file, number] = /^(?:E\s+)?([^\s:/.][^:]*\.py):(\d+): in /.exec(line) ?? [];
    if (file !== undefined) return { file, line: Number(number) };
  }
  return undefined;
}
