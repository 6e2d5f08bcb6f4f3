import { randomUUID } from 'node:crypto';
import type { DescribeStatementResponse, RedshiftData } from '@aws-sdk/client-redshift-data';
import type { Row } from '../engine.ts';
import { fieldText } from './field.ts';
import { hasEnded } from './outcome.ts';
import { type Patience, patiently } from './patience.ts';
import { isUnknown } from './service-error.ts';

/** Seconds that a call waits for a statement. Source: Data API reference, DescribeStatement, "WaitTimeSeconds". */
const LONGEST_WAIT = 30;
/** Milliseconds between two looks where a service answers without waiting. */
const SHORTEST_LOOK = 1000;

/** Where a statement runs: in a session, or in a connection that ends with it. */
export type Place = { readonly SessionId: string } | DatabasePlace;

export interface DatabasePlace {
  readonly WorkgroupName: string;
  readonly Database: string;
  /** Secret with the login of a database user; without it the caller is one, by IAM. */
  readonly SecretArn?: string;
}

export interface Submission {
  /** Several are one transaction. */
  readonly sqls: readonly string[];
  readonly place: Place;
  /** Seconds that the session stays after the statement: a new one, or the one that it runs in. */
  readonly keepAlive?: number;
  /** Shows in `list-statements`. */
  readonly name: string;
}

export interface Submitted {
  readonly id: string;
  readonly sessionId: string | undefined;
}

/** The calls of the Data API that are made here, each of which may be repeated. */
export class DataApi {
  readonly #client: RedshiftData;
  readonly #patience: Patience;

  constructor(client: RedshiftData, patience: Patience) {
    this.#client = client;
    this.#patience = patience;
  }

  /** Submits a statement, or several as one transaction. The token keeps it from running twice when an answer is lost. */
  async submit({ sqls, place, keepAlive, name }: Submission, signal: AbortSignal): Promise<Submitted> {
    const [sql = ''] = sqls;
    const common = {
      ...place,
      StatementName: name,
      ClientToken: randomUUID(),
      ...(keepAlive === undefined ? {} : { SessionKeepAliveSeconds: keepAlive }),
    };
    const { Id: id, SessionId: sessionId } = await this.#patiently(
      async (abortSignal) =>
        sqls.length === 1
          ? await this.#client.executeStatement({ ...common, Sql: sql }, { abortSignal })
          : await this.#client.batchExecuteStatement({ ...common, Sqls: [...sqls] }, { abortSignal }),
      signal,
    );
    if (id === undefined) throw new Error('The Data API answered without the id of the statement');
    return { id, sessionId };
  }

  /**
   * Waits for a statement's end with long polling: a call each 30 seconds.
   *
   * @param until time in milliseconds since 1970 when it has waited enough; then the result is undefined
   */
  async ended(id: string, until: number, signal: AbortSignal): Promise<DescribeStatementResponse | undefined> {
    const { clock } = this.#patience;
    for (;;) {
      const asked = clock.now().getTime();
      if (asked >= until) return undefined;
      const seconds = Math.min(Math.ceil((until - asked) / 1000), LONGEST_WAIT);
      const described = await this.#patiently(
        (abortSignal) => this.#client.describeStatement({ Id: id, WaitTimeSeconds: seconds }, { abortSignal }),
        signal,
      );
      if (hasEnded(described)) return described;
      if (clock.now().getTime() - asked < SHORTEST_LOOK) await clock.sleep(SHORTEST_LOOK, signal);
    }
  }

  /** The rows of a statement that has finished, page by page. */
  async *pages(id: string, signal: AbortSignal): AsyncGenerator<readonly Row[]> {
    let next: string | undefined;
    do {
      const page = await this.#patiently(
        (abortSignal) => this.#client.getStatementResult({ Id: id, NextToken: next }, { abortSignal }),
        signal,
      );
      yield (page.Records ?? []).map((record) => record.map(fieldText));
      next = page.NextToken || undefined;
    } while (next !== undefined);
  }

  /** Ends a statement that runs. Resolves to false when there was nothing to end. */
  async cancel(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      const { Status: done } = await this.#patiently(
        (abortSignal) => this.#client.cancelStatement({ Id: id }, { abortSignal }),
        signal,
      );
      return done === true;
    } catch (error) {
      // It has come to its end in the meantime.
      if (error instanceof Error && error.name === 'ValidationException') return false;
      throw error;
    }
  }

  /** What a session does, and which statement runs in it; undefined when it is gone. */
  async session(
    id: string,
    signal: AbortSignal,
  ): Promise<{ status: 'AVAILABLE' | 'BUSY'; statement: string | undefined } | undefined> {
    try {
      const { Sessions: [session] = [] } = await this.#patiently(
        (abortSignal) => this.#client.listSessions({ SessionId: id }, { abortSignal }),
        signal,
      );
      const { Status: status, CurrentStatementId: statement } = session ?? {};
      return status === 'AVAILABLE' || status === 'BUSY' ? { status, statement } : undefined;
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw error;
    }
  }

  #patiently<Answer>(call: (signal: AbortSignal) => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
    return patiently(call, this.#patience, signal);
  }
}
