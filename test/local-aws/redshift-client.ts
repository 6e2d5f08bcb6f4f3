import {
  type DescribeStatementResponse,
  type ExecuteStatementInput,
  type Field,
  RedshiftData,
  RedshiftDataServiceException,
} from '@aws-sdk/client-redshift-data';
import { RedshiftServerless, RedshiftServerlessServiceException } from '@aws-sdk/client-redshift-serverless';
import type { LocalAws } from '../../local-aws/start.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const WORKGROUP = 'bench';
export const DATABASE = 'dev';
/** What a statement needs that runs in no session. */
export const HERE = { WorkgroupName: WORKGROUP, Database: DATABASE } as const;
/** A statement that would take hours. */
export const ENDLESS = 'select count(*) from range(100000000) a, range(100000000) b where a.range + b.range = 7';

/** The real clients; an access key of twelve digits is the account. */
export function redshiftOf(aws: LocalAws, account = ACCOUNT, region = REGION) {
  const credentials = { accessKeyId: account, secretAccessKey: 'local' };
  const options = { endpoint: aws.endpoint, region, credentials, maxAttempts: 1 };
  return { data: new RedshiftData(options), serverless: new RedshiftServerless(options) };
}

export type Clients = ReturnType<typeof redshiftOf>;

/** Makes a namespace with a workgroup of the same name, and waits until it is available. */
export async function makeWorkgroup({ serverless }: Clients, name: string = WORKGROUP): Promise<void> {
  await serverless.createNamespace({ namespaceName: name });
  await serverless.createWorkgroup({ workgroupName: name, namespaceName: name, baseCapacity: 8 });
  await reached(serverless, name, 'AVAILABLE');
}

/** Asks for a workgroup until it has a status, and gives the different ones that it was seen in. */
export async function reached(serverless: RedshiftServerless, name: string, wanted: string): Promise<string[]> {
  const seen: string[] = [];
  while (seen.at(-1) !== wanted) {
    const { workgroup } = await serverless.getWorkgroup({ workgroupName: name });
    if (seen.at(-1) !== workgroup!.status) seen.push(workgroup!.status!);
  }
  return seen;
}

type Statement = Omit<ExecuteStatementInput, 'Sql'>;

/** Runs a statement to its end and describes it; outside of a session unless one is named. */
export async function run({ data }: Clients, Sql: string, rest: Statement = {}): Promise<DescribeStatementResponse> {
  const place = rest.SessionId === undefined ? HERE : {};
  const { Id } = await data.executeStatement({ Sql, ...place, ...rest });
  return await ended(data, Id!);
}

/** Waits for the end of a statement. */
export async function ended(data: RedshiftData, Id: string): Promise<DescribeStatementResponse> {
  for (;;) {
    const described = await data.describeStatement({ Id, WaitTimeSeconds: 30 });
    if (/FINISHED|FAILED|ABORTED/.test(described.Status!)) return described;
  }
}

/** Runs a statement that must finish and gives its rows. */
export async function rowsOf(clients: Clients, sql: string, rest: Statement = {}): Promise<unknown[][]> {
  const { Id, Status, Error: error } = await run(clients, sql, rest);
  if (Status !== 'FINISHED') throw new Error(`${Status}: ${error}`);
  const rows: unknown[][] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await clients.data.getStatementResult({ Id: Id!, NextToken });
    rows.push(...page.Records!.map((record) => record.map(contentOf)));
    NextToken = page.NextToken;
    if (NextToken === undefined) return rows;
  }
}

function contentOf(field: Field): unknown {
  return field.isNull ? null : Object.values(field)[0];
}

/** Opens a session that stays. */
export async function openSession(clients: Clients, sql = 'select 1', seconds = 600): Promise<string> {
  const { SessionId } = await run(clients, sql, { SessionKeepAliveSeconds: seconds });
  return SessionId!;
}

/** The error that a call must end with. */
export async function errorOf(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    const isKnown =
      error instanceof RedshiftDataServiceException || error instanceof RedshiftServerlessServiceException;
    if (!isKnown) throw error;
    return { name: error.name, message: error.message };
  }
  throw new Error('the call succeeded');
}

/** Asks until a statement runs. */
export async function started(data: RedshiftData, Id: string): Promise<void> {
  while ((await data.describeStatement({ Id })).Status !== 'STARTED');
}
