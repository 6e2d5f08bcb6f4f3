import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAwsError } from '../local-aws-error.ts';
import { peek } from '../peek.ts';
import { type ApiCall, type Handler, ownerOf } from './api-call.ts';
import { DataApi, type Place } from './data-api.ts';
import { Engine } from './engine.ts';
import { invalid, notImplemented, RedshiftError } from './error.ts';
import { Members } from './members.ts';
import { Runner } from './runner.ts';
import { serverlessOperations } from './serverless-api.ts';
import { type Namespace, ServerlessStore } from './serverless-model.ts';
import type { RedshiftService } from './services.ts';
import { SessionStore } from './session-store.ts';
import { StatementStore } from './statement-store.ts';
import { Warehouse } from './warehouse.ts';

/** 40 statements of 100 KB, and their encoding. */
const LARGEST_BODY = 8 * 1024 * 1024;

export interface RedshiftRequest {
  readonly request: IncomingMessage;
  readonly service: RedshiftService;
  readonly operation: string;
  readonly region: string;
  readonly account: string;
}

/** An answer that has not been sent yet, and the IAM actions that the call needs besides its own. */
export interface RedshiftAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly alsoNeeds: readonly string[];
}

/** What lives while DuckDB runs: its process, a directory for its files, and who runs statements. */
interface Running {
  readonly engine: Engine;
  readonly directory: string;
  readonly runner: Runner;
}

/** Redshift Serverless and the Redshift Data API over DuckDB, which starts with the first statement. */
export class Redshift {
  readonly #say: (line: string) => void;
  readonly #store = new ServerlessStore();
  readonly #statements = new StatementStore();
  readonly #sessions = new SessionStore();
  readonly #operations: Readonly<Record<RedshiftService, Readonly<Record<string, Handler>>>>;
  #running: Promise<Running> | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
    const data = new DataApi({
      statements: this.#statements,
      sessions: this.#sessions,
      runner: async () => (await this.#run()).runner,
      place: (call, workgroup) => this.#place(call, workgroup),
    });
    const close = (call: ApiCall, workgroup: string) =>
      this.#sessions.closeAll((kept) => kept.owner === ownerOf(call) && kept.workgroup === workgroup);
    this.#operations = {
      'redshift-data': data.operations,
      'redshift-serverless': serverlessOperations(this.#store, close),
    };
  }

  /** Answers a request, but does not send the answer. */
  async answer({ request, service, operation, region, account }: RedshiftRequest): Promise<RedshiftAnswer> {
    const alsoNeeds: string[] = [];
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'headgate-local' };
    try {
      const operations = this.#operations[service];
      const handler = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!handler) throw notImplemented(`${operation} of '${service}'`);
      const members = new Members(await readBody(request));
      const answer = await handler({ operation, account, region, members }, (...actions) => alsoNeeds.push(...actions));
      return { status: 200, headers, body: typeof answer === 'string' ? answer : JSON.stringify(answer), alsoNeeds };
    } catch (error) {
      const { code, status, message, details } = answerTo(error);
      const body = JSON.stringify({ __type: code, message, Message: message, ...details });
      return { status, headers: { ...headers, 'x-amzn-errortype': code }, body, alsoNeeds };
    }
  }

  /** Ends all sessions, as a restart of the warehouse would. A statement that runs in one fails. */
  async endSessions(): Promise<void> {
    await this.#sessions.closeAll();
  }

  /** Forgets everything and ends DuckDB. */
  async clear(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#store.clear();
    this.#sessions.clear();
    this.#statements.clear();
    const ended = await running?.catch(() => undefined);
    if (!ended) return;
    await ended.engine.stop();
    rmSync(ended.directory, { recursive: true, force: true });
  }

  #place(call: ApiCall, name: string): Place {
    const { workgroups, namespaces } = this.#store.estate(call);
    const found = [...workgroups.values()].find((workgroup) => workgroup.name === name || workgroup.arn === name);
    const namespace = namespaces.get(found?.namespace ?? '');
    if (!found || !namespace) throw invalid(`Redshift endpoint doesn't exist in this region: workgroup ${name}.`);
    if (found.status === 'CREATING' || found.status === 'DELETING') {
      throw invalid(`The workgroup ${found.name} is ${found.status}. Wait until it is AVAILABLE.`);
    }
    return { workgroup: found.name, warehouse: () => this.#warehouseOf(namespace) };
  }

  #warehouseOf(namespace: Namespace): Promise<Warehouse> {
    namespace.warehouse ??= this.#run().then(({ engine, directory }) =>
      Warehouse.open(engine, directory, namespace.dbName, this.#say),
    );
    namespace.warehouse.catch(() => {
      namespace.warehouse = undefined;
    });
    return namespace.warehouse;
  }

  #run(): Promise<Running> {
    if (this.#running) return this.#running;
    const starting = this.#start();
    this.#running = starting;
    starting.catch(() => {
      if (this.#running === starting) this.#running = undefined;
    });
    return starting;
  }

  async #start(): Promise<Running> {
    const engine = await Engine.start(this.#say);
    const directory = mkdtempSync(join(tmpdir(), 'headgate-redshift-'));
    return { engine, directory, runner: new Runner(directory) };
  }
}

/** The error that a caller gets; what keeps the local AWS from working is told to clients, too. */
function answerTo(error: unknown): RedshiftError {
  if (error instanceof RedshiftError) return error;
  if (error instanceof LocalAwsError) return new RedshiftError('InternalServerException', error.message, 500);
  throw error;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const { head } = await peek(request, LARGEST_BODY + 1);
  if (head.length > LARGEST_BODY) throw invalid(`The body is larger than ${LARGEST_BODY} bytes.`);
  try {
    return JSON.parse(head.toString('utf8') || '{}');
  } catch {
    throw new RedshiftError('SerializationException', 'The body is not JSON.');
  }
}
