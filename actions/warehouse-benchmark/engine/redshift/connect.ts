import type { Aws } from '../../../../lib/aws/clients.ts';
import { errorMessage, OperationFailed } from '../../../../lib/errors.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import type { Clock } from '../../../../lib/operation/define.ts';
import { mapBounded } from '../../../../lib/parallel.ts';
import { type Engine, StatementFailed } from '../engine.ts';
import { DataApi, type DatabasePlace } from './data-api.ts';
import { runOnce } from './one-off.ts';
import { openSession } from './open-session.ts';
import { readHistory } from './query-history.ts';
import type { RedshiftSession } from './session.ts';

/** Sessions that are closed at a time. */
const CLOSED_AT_ONCE = 10;
/** What a query group may hold here, so that it needs no quoting anywhere. */
const NOT_IN_A_NAME = /[^A-Za-z0-9_.-]+/g;

export interface RedshiftRequest {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly workgroup: string;
  readonly database: string;
  readonly schema: string;
  /** Secret with the login of a database user; without it the caller is one, by IAM. */
  readonly secretArn?: string | undefined;
  /** Base capacity of the workgroup. */
  readonly rpus: number;
  /** Name of the run; with the session's label it is the query group of all statements. */
  readonly run: string;
}

/**
 * A workgroup of Redshift Serverless as an engine, through the Redshift Data API.
 *
 * @throws OperationFailed when the workgroup or the database does not answer, with what to do
 */
export async function connectRedshift(request: RedshiftRequest): Promise<Engine> {
  const { aws, clock, log, signal, workgroup, database, schema, secretArn, rpus, run } = request;
  const api = new DataApi(await aws.redshiftData(), { clock, log, workgroup });
  const parts = { api, clock, log };
  const name = (label: string) => `headgate-${run}-${label}`.replaceAll(NOT_IN_A_NAME, '-').slice(0, 300);
  const place: DatabasePlace = {
    WorkgroupName: workgroup,
    Database: database,
    ...(secretArn === undefined ? {} : { SecretArn: secretArn }),
  };
  const ask = (sql: string) => runOnce(parts, { sql, place, name: name('control') }, signal);

  const version = await readVersion(ask, request);
  const sessions = new Set<RedshiftSession>();
  return {
    facts: { engine: 'redshift', version, rpus, region: aws.region, workgroup, database, schema },
    openSession: async (label) => {
      const session = await openSession(parts, { place, schema, name: name(label) }, signal);
      sessions.add(session);
      return session;
    },
    details: (ids) => readHistory(ids, { ask, clock, log, signal }),
    close: async () => {
      const open = [...sessions];
      sessions.clear();
      await mapBounded(open, CLOSED_AT_ONCE, (session) => session.close());
    },
  };
}

async function readVersion(
  ask: (sql: string) => Promise<readonly (readonly (string | null)[])[]>,
  { aws, workgroup, database }: RedshiftRequest,
): Promise<string> {
  try {
    const [[text] = []] = await ask('select version()');
    // The rest names the PostgreSQL that it began with, and a compiler.
    return /\bRedshift [\d.]+/.exec(text ?? '')?.[0] ?? text ?? 'unknown';
  } catch (error) {
    const isInvalid = error instanceof Error && error.name === 'ValidationException';
    if (!isInvalid && !(error instanceof StatementFailed)) throw error;
    throw new OperationFailed(
      {
        what: `The database '${database}' of the workgroup '${workgroup}' in ${aws.region} runs no statement: ${errorMessage(error)}`,
        cause: 'the workgroup or the database is not there, or the workgroup is not available yet',
        next: "Check 'workgroup', 'database' and 'region', or run 'headgate warehouse-benchmark prepare' first",
      },
      { cause: error },
    );
  }
}
