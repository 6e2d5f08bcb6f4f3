import { OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/hosts/host.ts';
import { type Row, type Session, StatementFailed } from '../engine/engine.ts';
import { identifier, literal } from '../engine/redshift/sql-text.ts';
import { ask, firstLine } from './ask.ts';
import { sharedSchema } from './choose.ts';

/** A data share that somebody has given to this namespace: a row of SVV_DATASHARES. */
export interface InboundShare {
  readonly name: string;
  readonly account: string;
  readonly namespace: string;
  /** The database that was made from it. */
  readonly database: string | undefined;
}

export interface DataRequest {
  readonly scaleFactor: number;
  /** Database of the namespace in which the external schema is to be, and in which the session is. */
  readonly database: string;
  readonly schema: string;
  /** Database that is made from the share. */
  readonly shareDatabase: string;
  /** Picks a share when several may be meant. */
  readonly shareName: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface DataMade {
  readonly database: 'created' | 'there';
  readonly schema: 'created' | 'there';
}

/** How the provider may have written the benchmark's name. */
const NAME_OF_TPCDS = /tpc[-_ ]?ds/i;

/**
 * Makes the database of the data share and the external schema of a scale factor, each where it is missing. A schema of that
 * name which is something else is refused, and nothing is ever dropped. The statements run alone: none of them may be part of a
 * transaction.
 *
 * @throws Refused for a schema or database of somebody else; OperationFailed when there is no entitlement, or a statement fails
 */
export async function ensureData(session: Session, request: DataRequest): Promise<DataMade> {
  const { database, schema, shareDatabase, log, signal } = request;
  const there = await lookAtSchema(session, request);
  if (there) return { database: 'there', schema: 'there' };

  const hasDatabase = await hasSharedSchema(session, request);
  const made = hasDatabase ? 'there' : await ensureDatabase(session, request);
  const source = sharedSchema(request.scaleFactor);
  await run(
    session,
    `create external schema if not exists ${identifier(schema)} from redshift database ${literal(shareDatabase)} schema ${literal(source)}`,
    {
      signal,
      what: `The external schema '${schema}' could not be made in the database '${database}' from ${shareDatabase}.${source}`,
      next: `See which scale factors the share has: select schema_name from svv_all_schemas where database_name = '${shareDatabase}'`,
    },
  );
  log.info(`The external schema ${schema} was made from ${shareDatabase}.${source}.`);
  if (!(await lookAtSchema(session, request))) {
    throw new OperationFailed({
      what: `The external schema '${schema}' was made, but does not show in the database '${database}'`,
      cause: 'somebody dropped it at once, or the database user may not see it',
      next: 'Run again',
    });
  }
  return { database: made, schema: 'created' };
}

/** Makes the database of the share, unless it is one already. */
async function ensureDatabase(session: Session, request: DataRequest): Promise<'created' | 'there'> {
  const { shareDatabase, log, signal } = request;
  const share = chooseShare(await listShares(session, signal), request);
  if (share.database === shareDatabase) return 'there';
  const from = `datashare ${identifier(share.name)} of account ${literal(share.account)} namespace ${literal(share.namespace)}`;
  await run(session, `create database ${identifier(shareDatabase)} from ${from}`, {
    signal,
    what: `The database '${shareDatabase}' could not be made from the data share '${share.name}'`,
    next: "If there is a database of that name already, give another 'share-database'. The database user must be a superuser or have CREATEDB",
  });
  log.info(`The database ${shareDatabase} was made from the data share ${share.name}.`);
  return 'created';
}

/** Whether the database shows the scale factor's schema. Anybody may see that who may use the database, data shares only superusers. */
async function hasSharedSchema(
  session: Session,
  { shareDatabase, scaleFactor, signal }: DataRequest,
): Promise<boolean> {
  const rows = await ask(
    session,
    `select schema_type from svv_all_schemas where database_name = ${literal(shareDatabase)} and schema_name = ${literal(sharedSchema(scaleFactor))}`,
    signal,
  );
  return rows.some(([type]) => trimmed(type) === 'shared');
}

/**
 * The data share that is meant.
 *
 * @throws OperationFailed when there is none; Refused when it is not clear which, or it is a database of another name already
 */
export function chooseShare(
  shares: readonly InboundShare[],
  { shareName, shareDatabase }: Pick<DataRequest, 'shareName' | 'shareDatabase'>,
): InboundShare {
  const named = shares.filter(({ name }) => (shareName === undefined ? NAME_OF_TPCDS.test(name) : name === shareName));
  const [share, ...others] = named.length > 1 ? preferred(named, shareDatabase) : named;
  const seen = shares.length === 0 ? 'none at all' : shares.map(shown).join(', ');
  if (share === undefined) {
    throw new OperationFailed({
      what:
        shareName === undefined
          ? `The database user sees no data share of TPC-DS in this namespace (${seen})`
          : `The database user sees no data share '${shareName}' in this namespace (${seen})`,
      cause:
        'nobody has subscribed to the data in this account and Region, or the database user is no superuser and therefore sees no data shares',
      next: 'Subscribe to "TPC-DS Benchmark Data" on AWS Data Exchange and accept its terms (it is free), then run again; see the README for what the database user must be',
    });
  }
  if (others.length > 0) {
    throw new Refused({
      what: `Several data shares may be meant: ${[share, ...others].map(shown).join(', ')}`,
      next: "Say which with 'share-name'; of two with the same name, give the one up that is not wanted",
    });
  }
  if (share.database !== undefined && share.database !== shareDatabase) {
    throw new Refused({
      what: `The data share '${share.name}' is the database '${share.database}' already, not '${shareDatabase}'`,
      next: `Give 'share-database: ${share.database}'; nothing was changed`,
    });
  }
  return share;
}

/** The one that is the wanted database already, if one is. */
function preferred(shares: readonly InboundShare[], database: string): readonly InboundShare[] {
  const made = shares.filter((share) => share.database === database);
  return made.length === 1 ? made : shares;
}

function shown({ name, account, namespace }: InboundShare): string {
  return `${name} of account ${account}, namespace ${namespace}`;
}

/** Source of the columns: Redshift database developer guide, "SVV_DATASHARES". Only superusers see all of them. */
async function listShares(session: Session, signal: AbortSignal): Promise<readonly InboundShare[]> {
  const rows = await ask(
    session,
    "select share_name, producer_account, producer_namespace, consumer_database from svv_datashares where share_type = 'INBOUND' order by 1, 2, 3",
    signal,
  );
  return rows.map(([name, account, namespace, database]: Row) => ({
    name: trimmed(name),
    account: trimmed(account),
    namespace: trimmed(namespace),
    database: trimmed(database) === '' ? undefined : trimmed(database),
  }));
}

/**
 * Whether the external schema is there.
 *
 * Source of the columns: Redshift database developer guide, "SVV_ALL_SCHEMAS".
 *
 * @throws Refused when a schema of that name is something else
 */
async function lookAtSchema(session: Session, request: DataRequest): Promise<boolean> {
  const { database, schema, shareDatabase, signal } = request;
  const [found] = await ask(
    session,
    `select schema_type, source_database from svv_all_schemas where database_name = ${literal(database)} and schema_name = ${literal(schema)}`,
    signal,
  );
  if (found === undefined) return false;
  const [type, source] = [trimmed(found[0]), trimmed(found[1])];
  if (type === 'external' && source === shareDatabase) return true;
  const what = type === 'external' ? `shows the database '${source}', not '${shareDatabase}'` : `is a ${type} schema`;
  throw new Refused({
    what: `The schema '${schema}' in the database '${database}' ${what}; it is not touched`,
    cause: 'somebody else made a schema of the same name',
    next: "Give another 'schema' for the benchmark, or 'share-database' as it is",
  });
}

async function run(
  session: Session,
  sql: string,
  { signal, what, next }: { signal: AbortSignal; what: string; next: string },
): Promise<void> {
  try {
    await session.run(sql, { signal });
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    throw new OperationFailed({ what: `${what}: ${firstLine(error.message)}`, next }, { cause: error });
  }
}

/** Columns of system views may be padded. */
function trimmed(value: string | null | undefined): string {
  return (value ?? '').trim();
}
