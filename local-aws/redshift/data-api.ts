import { randomUUID } from 'node:crypto';
import { type Answer, type ApiCall, type Handler, type Needs, ownerOf, seconds } from './api-call.ts';
import { invalid, notFound } from './error.ts';
import { type CatalogSource, describeTable, listDatabases, listSchemas, listTables } from './metadata.ts';
import { page, readToken, writeToken } from './pages.ts';
import { resultAnswer } from './results.ts';
import type { Runner } from './runner.ts';
import { Session } from './session.ts';
import { type KeptSession, LONGEST_SESSION, type SessionStore, statusOf } from './session-store.ts';
import { namedParameters, withParameters } from './sql.ts';
import { isActive, type Part, STATUSES, type Statement } from './statement.ts';
import type { StatementStore } from './statement-store.ts';
import type { Warehouse } from './warehouse.ts';

// Source of the limits: Redshift management guide, "Considerations when calling the Amazon Redshift Data API"; API
// reference, ExecuteStatement and BatchExecuteStatement.
const LONGEST_SQL = 100 * 1024;
const MOST_SQLS = 40;
const LONGEST_WAIT = 30;
const LONGEST_NAME = 500;
const MOST_LISTED = 100;

/** What the database user of a caller is called here. */
const USER = 'IAM:local';

/** Where statements of a workgroup run. */
export interface Place {
  readonly workgroup: string;
  readonly warehouse: () => Promise<Warehouse>;
}

export interface DataApiParts {
  readonly statements: StatementStore;
  readonly sessions: SessionStore;
  readonly runner: () => Promise<Runner>;
  /** Finds a workgroup that is available. @throws RedshiftError */
  readonly place: (call: ApiCall, workgroup: string) => Place;
}

/** The operations of the Redshift Data API. */
export class DataApi {
  readonly #parts: DataApiParts;
  readonly operations: Readonly<Record<string, Handler>>;

  constructor(parts: DataApiParts) {
    this.#parts = parts;
    this.operations = {
      ExecuteStatement: (call, needs) => this.#execute(call, needs, [call.members.required('Sql')]),
      BatchExecuteStatement: (call, needs) => this.#execute(call, needs, call.members.texts('Sqls') ?? []),
      DescribeStatement: (call) => this.#describe(call),
      CancelStatement: (call) => this.#cancel(call),
      GetStatementResult: (call) => this.#result(call, 'JSON'),
      GetStatementResultV2: (call) => this.#result(call, 'CSV'),
      ListStatements: (call) => this.#listStatements(call),
      ListSessions: (call) => this.#listSessions(call),
      ListDatabases: (call, needs) => listDatabases(call, this.#catalog(call, needs)),
      ListSchemas: (call, needs) => listSchemas(call, this.#catalog(call, needs)),
      ListTables: (call, needs) => listTables(call, this.#catalog(call, needs)),
      DescribeTable: (call, needs) => describeTable(call, this.#catalog(call, needs)),
    };
  }

  async #execute(call: ApiCall, needs: Needs, sqls: readonly string[]): Promise<Answer> {
    const { members, operation } = call;
    const { statements, sessions } = this.#parts;
    const owner = ownerOf(call);
    checkSqls(sqls);
    const parameters = readParameters(call, sqls);
    const keepAlive = members.integer('SessionKeepAliveSeconds', 0, LONGEST_SESSION);
    const wait = members.integer('WaitTimeSeconds', 0, LONGEST_WAIT) ?? 0;
    const token = members.text('ClientToken');
    const given = members.text('SessionId');
    const known = token === undefined ? undefined : statements.byToken(owner, token);
    if (known) return await this.#submitted(known, wait);
    // Awaited before the session is looked at, so that no other call takes it in between.
    const runner = await this.#parts.runner();
    const target = this.#target(call, needs, given);
    statements.requireRoom(owner, target.place.workgroup);
    const kept = this.#keptSession(target, keepAlive, owner);
    const values = new Map(parameters);
    const statement = statements.add({
      owner,
      workgroup: target.place.workgroup,
      database: target.database,
      name: members.text('StatementName'),
      secretArn: members.text('SecretArn'),
      format: members.choice('ResultFormat', ['JSON', 'CSV']) ?? 'JSON',
      parameters,
      sqls: sqls.map((sql) => ({ sql, bound: withParameters(sql, values) })),
      isBatch: operation === 'BatchExecuteStatement',
      mode: members.choice('ExecutionMode', ['TRANSACTION', 'AUTO_COMMIT']) ?? 'TRANSACTION',
    });
    if (token !== undefined) statements.rememberToken(owner, token, statement);
    statement.sessionId = kept?.id;
    if (kept) sessions.begin(kept, statement.id);
    statement.done = this.#run(runner, statement, { ...target, kept });
    return await this.#submitted(statement, wait);
  }

  async #run(runner: Runner, statement: Statement, { place, database, kept }: Target): Promise<void> {
    const open = async () => await Session.open(await place.warehouse(), database);
    const openKept = async () => {
      if (!kept) return await open();
      kept.session ??= await open();
      return kept.session;
    };
    await runner.run(statement, openKept, async (session) => {
      if (kept) await this.#parts.sessions.rest(kept);
      else await session?.close();
    });
  }

  #keptSession({ place, database, kept }: Target, keepAlive: number | undefined, owner: string) {
    if (kept) {
      kept.aliveSeconds = keepAlive ?? kept.aliveSeconds;
      return kept;
    }
    if (keepAlive === undefined || keepAlive === 0) return undefined;
    const added = { id: randomUUID(), owner, workgroup: place.workgroup, database, aliveSeconds: keepAlive };
    return this.#parts.sessions.add(added, Date.now());
  }

  #target(call: ApiCall, needs: Needs, sessionId: string | undefined): Target {
    const { members } = call;
    if (sessionId === undefined) {
      const place = this.#place(call, needs);
      return { place, database: members.required('Database'), kept: undefined };
    }
    for (const name of ['WorkgroupName', 'ClusterIdentifier', 'Database', 'DbUser', 'SecretArn']) {
      if (members.has(name)) throw invalid(`The members 'SessionId' and '${name}' cannot be given together.`);
    }
    const kept = this.#parts.sessions.available(ownerOf(call), sessionId);
    return { place: this.#parts.place(call, kept.workgroup), database: kept.database, kept };
  }

  #place(call: ApiCall, needs: Needs): Place {
    const { members, operation } = call;
    members.refuse(operation, 'ClusterIdentifier');
    const place = this.#parts.place(call, members.required('WorkgroupName'));
    // Source: Redshift management guide, "Authorizing access to the Amazon Redshift Data API".
    needs(members.has('SecretArn') ? 'secretsmanager:GetSecretValue' : 'redshift-serverless:GetCredentials');
    return place;
  }

  #catalog(call: ApiCall, needs: Needs): CatalogSource {
    const place = this.#place(call, needs);
    return { warehouse: place.warehouse };
  }

  async #submitted(statement: Statement, wait: number): Promise<Answer> {
    await waitFor(statement, wait);
    const { id, created, database, workgroup, secretArn, sessionId, status, pid } = statement;
    return {
      Id: id,
      CreatedAt: seconds(created),
      Database: database,
      WorkgroupName: workgroup,
      DbUser: USER,
      ...(secretArn !== undefined && { SecretArn: secretArn }),
      ...(sessionId !== undefined && { SessionId: sessionId }),
      ...(wait > 0 && { Status: status, RedshiftPid: pid, HasResultSet: statement.parts.some(hasRows) }),
    };
  }

  async #describe(call: ApiCall): Promise<Answer> {
    const { members } = call;
    const wait = members.integer('WaitTimeSeconds', 0, LONGEST_WAIT) ?? 0;
    const { statement, part } = this.#parts.statements.get(ownerOf(call), members.required('Id'));
    await waitFor(statement, wait);
    const { created, database, workgroup, secretArn, sessionId, parameters, parts, isBatch } = statement;
    const common = {
      Database: database,
      WorkgroupName: workgroup,
      DbUser: USER,
      RedshiftPid: statement.pid,
      ResultFormat: statement.format,
      ...(secretArn !== undefined && { SecretArn: secretArn }),
      ...(sessionId !== undefined && { SessionId: sessionId }),
      ...(parameters.length > 0 && { QueryParameters: parameters.map(([name, value]) => ({ name, value })) }),
    };
    const own = { Status: statement.status, UpdatedAt: seconds(statement.updated) };
    const failure = statement.error === undefined ? {} : { Error: statement.error };
    if (part) return { ...common, ...describePart(part, created), ...(isBatch ? {} : { ...own, ...failure }) };
    return {
      ...common,
      Id: statement.id,
      CreatedAt: seconds(created),
      ...own,
      ...failure,
      Duration: parts.reduce((sum, { duration }) => sum + Math.max(duration, 0), 0),
      HasResultSet: parts.some(hasRows),
      ResultRows: -1,
      ResultSize: -1,
      RedshiftQueryId: 0,
      ExecutionMode: statement.mode,
      SubStatements: parts.map((each) => describePart(each, created)),
    };
  }

  #cancel(call: ApiCall): Answer {
    const { statement } = this.#parts.statements.get(ownerOf(call), call.members.required('Id'));
    if (!isActive(statement)) {
      throw invalid(`Could not cancel a query that is already in ${statement.status} state with ID: ${statement.id}`);
    }
    statement.cancelled = true;
    statement.interrupt();
    return { Status: true };
  }

  async #result(call: ApiCall, format: 'JSON' | 'CSV'): Promise<Answer> {
    const { members, operation } = call;
    const wait = members.integer('WaitTimeSeconds', 0, LONGEST_WAIT) ?? 0;
    const id = members.required('Id');
    const { statement, part } = this.#parts.statements.get(ownerOf(call), id);
    await waitFor(statement, wait);
    if (!part) throw invalid(`${id} is a batch: give the id of one of its statements, ${id}:1 and so on.`);
    if (statement.format !== format) {
      throw invalid(`The result is ${statement.format}, which ${operation} does not give.`);
    }
    if (statement.status !== 'FINISHED' && part.status !== 'FINISHED') throw withoutResult(id);
    if (part.result?.kind !== 'rows' || part.file === undefined) throw withoutResult(id);
    return await resultAnswer(part.result, part.file, format, members.text('NextToken'));
  }

  #listStatements(call: ApiCall): Answer {
    const { members } = call;
    // Source: API reference, ListStatements: only those that have finished, unless a status is asked for.
    const status = members.choice('Status', ['ALL', ...STATUSES]) ?? 'FINISHED';
    const prefix = members.text('StatementName') ?? '';
    const workgroup = members.text('WorkgroupName');
    const database = members.text('Database');
    const wanted = this.#parts.statements
      .list(ownerOf(call))
      .filter((statement) => status === 'ALL' || statement.status === status)
      .filter(({ name = '' }) => name.startsWith(prefix))
      .filter((statement) => workgroup === undefined || statement.workgroup === workgroup)
      .filter((statement) => database === undefined || statement.database === database);
    const before = members.text('NextToken');
    const rest = before === undefined ? wanted : wanted.filter(({ number }) => number < Number(readToken(before)));
    const shown = rest.slice(0, members.integer('MaxResults', 1, MOST_LISTED) ?? MOST_LISTED);
    const last = shown.at(-1);
    return {
      Statements: shown.map(listed),
      ...(rest.length > shown.length && last && { NextToken: writeToken(String(last.number)) }),
    };
  }

  #listSessions(call: ApiCall): Answer {
    const { members } = call;
    const id = members.text('SessionId');
    const status = members.choice('Status', ['AVAILABLE', 'BUSY', 'CLOSED']);
    const workgroup = members.text('WorkgroupName');
    const database = members.text('Database');
    const wanted = this.#parts.sessions
      .list(ownerOf(call))
      .filter((kept) => id === undefined || kept.id === id)
      .filter((kept) => (status === undefined ? id !== undefined || !kept.closed : statusOf(kept) === status))
      .filter((kept) => workgroup === undefined || kept.workgroup === workgroup)
      .filter((kept) => database === undefined || kept.database === database);
    // Source: https://github.com/awslabs/mcp/issues/4587.
    if (id !== undefined && wanted.length === 0)
      throw notFound(`The session ${id} does not exist.`, { ResourceId: id });
    const size = members.integer('MaxResults', 1, MOST_LISTED) ?? MOST_LISTED;
    const { entries, nextToken } = page(wanted, (kept) => kept.id, { size, token: members.text('NextToken') });
    return { Sessions: entries.map(listedSession), ...(nextToken !== undefined && { NextToken: nextToken }) };
  }
}

interface Target {
  readonly place: Place;
  readonly database: string;
  /** The session that the statement runs in and that outlives it. */
  readonly kept: KeptSession | undefined;
}

function checkSqls(sqls: readonly string[]): void {
  if (sqls.length === 0 || sqls.length > MOST_SQLS) throw invalid(`A batch has 1 to ${MOST_SQLS} statements.`);
  for (const sql of sqls) {
    if (Buffer.byteLength(sql) > LONGEST_SQL) throw invalid(`A statement has at most ${LONGEST_SQL / 1024} KB.`);
  }
}

function readParameters({ members }: ApiCall, sqls: readonly string[]): [string, string][] {
  const name = members.text('StatementName');
  if (name !== undefined && name.length > LONGEST_NAME) throw invalid(`A name has at most ${LONGEST_NAME} characters.`);
  const parameters = members.pairs('Parameters', 'name', 'value') ?? [];
  const used = new Set(sqls.flatMap((sql) => [...namedParameters(sql)]));
  const given = new Set(parameters.map(([parameter]) => parameter));
  for (const parameter of given)
    if (!used.has(parameter)) throw invalid(`No statement has the parameter :${parameter}.`);
  for (const parameter of used) {
    if (!given.has(parameter)) throw invalid(`The parameter :${parameter} has no value.`);
  }
  return parameters;
}

function describePart(part: Part, created: number): Readonly<Record<string, unknown>> {
  const { result } = part;
  const rows = result?.kind === 'rows' || result?.kind === 'changed' ? result.rows : result ? 0 : -1;
  return {
    Id: part.id,
    QueryString: part.sql,
    Status: part.status,
    CreatedAt: seconds(created),
    UpdatedAt: seconds(part.updated),
    Duration: part.duration,
    HasResultSet: hasRows(part),
    ResultRows: rows,
    ResultSize: result?.kind === 'rows' ? result.size : result ? 0 : -1,
    RedshiftQueryId: part.queryId,
    RedshiftQueryUuid: part.queryUuid,
    ...(part.error !== undefined && { Error: part.error }),
  };
}

function hasRows({ result }: Part): boolean {
  return result?.kind === 'rows';
}

function listed(statement: Statement): Readonly<Record<string, unknown>> {
  const { id, name, isBatch, parts, parameters, sessionId, secretArn } = statement;
  return {
    Id: id,
    Status: statement.status,
    CreatedAt: seconds(statement.created),
    UpdatedAt: seconds(statement.updated),
    IsBatchStatement: isBatch,
    ResultFormat: statement.format,
    ...(isBatch ? { QueryStrings: parts.map(({ sql }) => sql) } : { QueryString: parts[0]?.sql }),
    ...(name !== undefined && { StatementName: name }),
    ...(secretArn !== undefined && { SecretArn: secretArn }),
    ...(sessionId !== undefined && { SessionId: sessionId }),
    ...(parameters.length > 0 && { QueryParameters: parameters.map(([key, value]) => ({ name: key, value })) }),
  };
}

function listedSession(kept: KeptSession): Readonly<Record<string, unknown>> {
  return {
    SessionId: kept.id,
    Status: statusOf(kept),
    CreatedAt: seconds(kept.created),
    UpdatedAt: seconds(kept.updated),
    Database: kept.database,
    DbUser: USER,
    WorkgroupName: kept.workgroup,
    SessionAliveSeconds: kept.aliveSeconds,
    ...(kept.ends !== undefined && { SessionTtl: seconds(kept.ends) }),
    ...(kept.currentStatement !== undefined && !kept.closed && { CurrentStatementId: kept.currentStatement }),
  };
}

/** Waits until a statement has ended, but only so many seconds. */
async function waitFor({ done }: Statement, wait: number): Promise<void> {
  if (wait === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, wait * 1000);
  await Promise.race([done, promise]);
  clearTimeout(timer);
}

function withoutResult(id: string) {
  const message = 'Query does not have result. Please check query status with DescribeStatement.';
  return notFound(message, { ResourceId: id });
}
