// The floor of the Redshift engine: a script with the SDK's client that makes the calls of a statement and nothing else.
//
//   node sdk.ts <task>, with the environment of the local AWS
import { RedshiftData } from '@aws-sdk/client-redshift-data';
import { PLACE, SCHEMA } from './redshift-place.ts';
import { givenTask, runBare, tell } from './task.ts';

/** Seconds of long polling, the most that there is. */
const WaitTimeSeconds = 30;

const task = givenTask();
const client = new RedshiftData({});

async function ended(Id: string | undefined): Promise<boolean> {
  for (;;) {
    const { Status: status, Error: error, HasResultSet } = await client.describeStatement({ Id, WaitTimeSeconds });
    if (status === 'FAILED' || status === 'ABORTED') throw new Error(error);
    if (status === 'FINISHED') return HasResultSet === true;
  }
}

async function openSession(): Promise<string | undefined> {
  const Sqls = ['set enable_result_cache_for_session to off', `set search_path to ${SCHEMA}, public`];
  const { Id, SessionId } = await client.batchExecuteStatement({ ...PLACE, Sqls, SessionKeepAliveSeconds: 300 });
  await ended(Id);
  return SessionId;
}

const sessions = await Promise.all(Array.from({ length: Math.max(task.sessions, 1) }, openSession));
const users = sessions.map((SessionId) => async (Sql: string) => {
  const { Id } = await client.executeStatement({ SessionId, Sql, WaitTimeSeconds });
  if (!(await ended(Id)) || !task.checksAnswers) return;
  for (let NextToken: string | undefined; ; ) {
    ({ NextToken } = await client.getStatementResult({ Id, NextToken }));
    if (!NextToken) return;
  }
});
tell(await runBare(task, users));
