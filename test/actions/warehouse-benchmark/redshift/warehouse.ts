import { randomUUID } from 'node:crypto';
import type { Engine, Row, Session } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import type { RedshiftRequest } from '../../../../actions/warehouse-benchmark/engine/redshift/connect.ts';
import { connectRedshift } from '../../../../actions/warehouse-benchmark/engine/redshift/connect.ts';
import { connectAws } from '../../../../lib/aws/clients.ts';
import type { LocalAws } from '../../../../local-aws/start.ts';
import { ACCOUNT, DATABASE, REGION, WORKGROUP } from '../../../local-aws/redshift-client.ts';
import { quickClock } from '../../../support/test-clock.ts';

export const never = new AbortController().signal;

/** What the engine asks for, on a local AWS, with a log that keeps its lines. */
export function requestOf(
  local: LocalAws,
  more: Partial<RedshiftRequest> = {},
): RedshiftRequest & { readonly lines: string[] } {
  const lines: string[] = [];
  const say = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  // The SDK reads the endpoint itself; jest gives each file an environment of its own.
  Object.assign(process.env, local.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
  return {
    aws: connectAws({
      region: REGION,
      roleToAssume: undefined,
      allowedAccountIds: [],
      identityToken: async () => undefined,
      userAgent: { version: '1.2.3', operation: 'warehouse-benchmark run' },
    }),
    clock: quickClock,
    log: {
      debug: say('debug'),
      info: say('info'),
      warning: say('warning'),
      error: say('error'),
      group: async (_, work) => await work(),
    },
    signal: never,
    workgroup: WORKGROUP,
    database: DATABASE,
    schema: 'public',
    rpus: 8,
    run: `run-${randomUUID().slice(0, 8)}`,
    lines,
    ...more,
  };
}

/** Runs one statement and gives its rows. */
export async function rowsIn(session: Session, sql: string): Promise<Row[]> {
  const rows: Row[] = [];
  await session.run(sql, { signal: never, onRows: (some) => rows.push(...some) });
  return rows;
}

/** The error that a promise must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

/** Connects, works in it, and closes whatever happened. */
export async function withEngine<T>(request: RedshiftRequest, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await connectRedshift(request);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
