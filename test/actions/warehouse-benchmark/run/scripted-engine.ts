import { Fingerprinter } from '../../../../actions/warehouse-benchmark/answers/fingerprint.ts';
import type {
  Engine,
  EngineFacts,
  Row,
  Session,
  StatementDetails,
  StatementResult,
} from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import type { Query, QuerySet } from '../../../../actions/warehouse-benchmark/queries/query-set.ts';

/** What a statement does: gives rows, or throws. */
export type Script = (call: { sql: string; session: string; number: number }) => readonly Row[] | Error;

/**
 * An engine whose statements do what a test says, for what the real ones do only by chance: sessions that are lost at a
 * certain statement, and the like.
 */
export class ScriptedEngine implements Engine {
  readonly facts: EngineFacts = { engine: 'duckdb', version: '1.5.5', threads: 2 };
  /** Every statement, as `session: sql`. */
  readonly ran: string[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly knownDetails = new Map<string, StatementDetails>();
  readonly #script: Script;
  onOpen: (label: string) => void = () => {};
  isClosed = false;

  constructor(script: Script = () => [['1']]) {
    this.#script = script;
  }

  async openSession(label: string): Promise<Session> {
    this.onOpen(label);
    this.opened.push(label);
    return {
      run: async (sql, { onRows, fingerprint, signal }): Promise<StatementResult> => {
        signal.throwIfAborted();
        this.ran.push(`${label}: ${sql}`);
        const number = this.ran.length;
        const outcome = this.#script({ sql, session: label, number });
        if (outcome instanceof Error) throw outcome;
        onRows?.(outcome);
        const result = { durationMs: 10, rows: outcome.length, id: `statement-${number}` };
        if (fingerprint !== true) return result;
        const fingerprinter = new Fingerprinter();
        fingerprinter.add(outcome);
        return { ...result, fingerprint: fingerprinter.result() };
      },
      close: async () => {
        this.closed.push(label);
      },
    };
  }

  async details(ids: readonly string[]): Promise<ReadonlyMap<string, StatementDetails>> {
    return new Map(ids.flatMap((id) => (this.knownDetails.has(id) ? [[id, this.knownDetails.get(id)!]] : [])));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Queries with these numbers, each one statement; a session of its own order: stream n begins n queries later. */
export function querySet(numbers: readonly number[], statements: (n: number) => readonly string[] = (n) => [`q${n}`]) {
  const queries: readonly Query[] = numbers.map((number) => ({ number, statements: statements(number) }));
  return {
    source: 'a test',
    digest: 'd'.repeat(64),
    numbers,
    forQualification: true,
    hasStreams: false,
    stream: (stream) => [...queries.slice(stream % queries.length), ...queries.slice(0, stream % queries.length)],
  } satisfies QuerySet;
}
