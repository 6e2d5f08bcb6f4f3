import { rmSync } from 'node:fs';
import { invalid, notFound, RedshiftError } from './error.ts';
import { isActive, makeStatement, type Part, type Statement, type Submission } from './statement.ts';

// Source of the limits: Redshift management guide, "Considerations when calling the Amazon Redshift Data API".
const MOST_ACTIVE = 500;
const KEPT = 24 * 60 * 60 * 1000;
const TOKENS_KEPT = 8 * 60 * 60 * 1000;

/** The statements of all accounts and Regions, with their results for 24 hours. */
export class StatementStore {
  readonly #statements = new Map<string, Statement>();
  readonly #tokens = new Map<string, { id: string; until: number }>();
  readonly #now: () => number;
  #last = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @throws RedshiftError ActiveStatementsExceededException when a workgroup takes no further statement */
  requireRoom(owner: string, workgroup: string): void {
    let active = 0;
    for (const statement of this.#statements.values()) {
      if (statement.owner === owner && statement.workgroup === workgroup && isActive(statement)) active += 1;
    }
    if (active < MOST_ACTIVE) return;
    const message = `The workgroup has ${MOST_ACTIVE} active statements, which is the limit.`;
    throw new RedshiftError('ActiveStatementsExceededException', message);
  }

  add(submission: Submission): Statement {
    this.#forgetOld();
    this.#last += 1;
    const statement = makeStatement(submission, this.#last, this.#now());
    this.#statements.set(statement.id, statement);
    return statement;
  }

  /** The statement that a call with the same token has submitted before. */
  byToken(owner: string, token: string): Statement | undefined {
    const known = this.#tokens.get(`${owner} ${token}`);
    return known && known.until > this.#now() ? this.#statements.get(known.id) : undefined;
  }

  rememberToken(owner: string, token: string, { id }: Statement): void {
    this.#tokens.set(`${owner} ${token}`, { id, until: this.#now() + TOKENS_KEPT });
  }

  /** A statement or, by an id with a suffix, a part of a batch. @throws RedshiftError ResourceNotFoundException */
  get(owner: string, id: string): { statement: Statement; part: Part | undefined } {
    if (!/^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d+)?$/.test(id))
      throw invalid(`'${id}' is no id of a statement.`);
    this.#forgetOld();
    const statement = this.#statements.get(id.split(':', 1)[0] ?? '');
    const part = statement?.parts.find((candidate) => candidate.id === id);
    if (statement?.owner !== owner || (id.includes(':') && !part)) {
      throw notFound(`The statement ${id} does not exist.`, { ResourceId: id });
    }
    return { statement, part };
  }

  /** The newest first. */
  list(owner: string): Statement[] {
    this.#forgetOld();
    return [...this.#statements.values()].filter((statement) => statement.owner === owner).reverse();
  }

  clear(): void {
    this.#statements.clear();
    this.#tokens.clear();
  }

  #forgetOld(): void {
    const oldest = this.#now() - KEPT;
    for (const [id, statement] of this.#statements) {
      if (statement.created > oldest) break;
      if (isActive(statement)) continue;
      this.#statements.delete(id);
      for (const { file } of statement.parts) if (file !== undefined) rmSync(file, { force: true });
    }
    for (const [token, { until }] of this.#tokens) {
      if (until > this.#now()) break;
      this.#tokens.delete(token);
    }
  }
}
