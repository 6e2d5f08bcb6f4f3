import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { queryType } from './query-history.ts';
import type { Session } from './session.ts';
import { bare } from './sql.ts';
import type { Part, Statement, Status } from './statement.ts';

/** Carries out statements and keeps book of their states. */
export class Runner {
  readonly #results: string;

  /** @param directory gets the files with the rows */
  constructor(directory: string) {
    this.#results = join(directory, 'results');
    mkdirSync(this.#results, { recursive: true });
  }

  /**
   * Runs a statement or a batch to its end. What goes wrong becomes its state; nothing is thrown.
   *
   * @param open gives the session to run in
   * @param leave gets it back
   */
  async run(
    statement: Statement,
    open: () => Promise<Session>,
    leave: (session: Session | undefined) => Promise<void>,
  ): Promise<void> {
    let session: Session | undefined;
    let trouble: string | undefined;
    try {
      move(statement, 'PICKED');
      session = await open();
      statement.pid = session.pid;
      move(statement, 'STARTED');
      await this.#runParts(statement, session);
    } catch (error) {
      trouble = messageOf(error);
      for (const part of statement.parts) if (part.status === 'SUBMITTED') end(part, 'FAILED', trouble);
    }
    statement.error = statement.parts.find(({ status }) => status === 'FAILED')?.error ?? trouble;
    const isAborted = statement.parts.some((part) => part.status === 'ABORTED');
    const isFailed = statement.error !== undefined;
    const status = isAborted && (statement.cancelled || !isFailed) ? 'ABORTED' : isFailed ? 'FAILED' : 'FINISHED';
    // The session is free before anybody learns that the statement has ended.
    await leave(session).catch(() => {});
    move(statement, status);
  }

  async #runParts(statement: Statement, session: Session): Promise<void> {
    const isTransaction = statement.isBatch && statement.mode === 'TRANSACTION';
    if (isTransaction) await session.ask('begin');
    let failed = false;
    for (const part of statement.parts) {
      if (statement.cancelled || (failed && isTransaction)) {
        end(part, 'ABORTED', undefined);
        continue;
      }
      await this.#runPart(statement, part, session);
      failed ||= part.status !== 'FINISHED';
    }
    if (isTransaction) await session.ask(failed || statement.cancelled ? 'rollback' : 'commit');
  }

  async #runPart(statement: Statement, part: Part, session: Session): Promise<void> {
    const file = join(this.#results, randomUUID());
    const started = Date.now();
    const before = process.hrtime.bigint();
    part.status = 'STARTED';
    statement.interrupt = () => session.cancel();
    const duration = () => Number(process.hrtime.bigint() - before);
    try {
      const result = await session.run(part.bound, { file, format: statement.format });
      part.duration = duration();
      part.result = result;
      if (result.kind === 'rows') part.file = file;
      end(part, 'FINISHED', undefined);
    } catch (error) {
      part.duration = duration();
      end(part, session.wasCancelled ? 'ABORTED' : 'FAILED', messageOf(error));
    } finally {
      statement.interrupt = () => {};
    }
    this.#record(statement, part, session, started);
  }

  #record({ database, created, parts }: Statement, part: Part, session: Session, started: number): void {
    const { result } = part;
    const { warehouse } = session;
    const type = queryType(bare(part.sql));
    const succeeded = part.status === 'FINISHED';
    warehouse.record({
      queryId: part.queryId,
      label: session.label,
      pid: session.pid,
      database,
      type,
      status: succeeded ? 'success' : part.status === 'ABORTED' ? 'canceled' : 'failed',
      fromCache: succeeded && warehouse.cache.hit({ database, type, text: part.bound, usesCache: session.usesCache }),
      started,
      ended: part.updated,
      queue: part === parts[0] ? (started - created) * 1000 : 0,
      execution: Math.round(part.duration / 1000),
      error: part.error ?? '',
      rows: result?.kind === 'rows' ? result.rows : 0,
      bytes: result?.kind === 'rows' ? result.size : 0,
      text: part.sql,
    });
  }
}

function move(statement: Statement, status: Status): void {
  statement.status = status;
  statement.updated = Date.now();
}

function end(part: Part, status: Status, error: string | undefined): void {
  part.status = status;
  part.error = error;
  part.updated = Date.now();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
