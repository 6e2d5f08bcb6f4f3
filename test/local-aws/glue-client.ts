import { setTimeout as pause } from 'node:timers/promises';
import { type CreateJobRequest, Glue, GlueServiceException, type JobRun } from '@aws-sdk/client-glue';
import { S3 } from '@aws-sdk/client-s3';
import type { LocalAws } from '../../local-aws/start.ts';
import { signed } from './support.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const BUCKET = 'scripts';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/glue-job`;

/** The real clients; an access key of twelve digits is the account. */
export function glueOf(aws: LocalAws, account = ACCOUNT, region = REGION) {
  const credentials = { accessKeyId: account, secretAccessKey: 'local' };
  const options = { endpoint: aws.endpoint, region, credentials, maxAttempts: 1 };
  return {
    glue: new Glue(options),
    logs: (operation: string, body: object) =>
      signed(aws.endpoint, 'logs', {
        account,
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${operation}` },
        body: JSON.stringify(body),
      }),
    s3: new S3({ ...options, forcePathStyle: true }),
  };
}

export type Clients = ReturnType<typeof glueOf>;

/** Makes a job of a script in the bucket, a Python shell job unless something else is said. */
export async function makeJob(
  { glue, s3 }: Clients,
  name: string,
  script: string,
  rest: Partial<CreateJobRequest> = {},
): Promise<void> {
  const Key = `jobs/${name}.py`;
  await s3.putObject({ Bucket: BUCKET, Key, Body: script });
  const Command = { Name: 'pythonshell', ScriptLocation: `s3://${BUCKET}/${Key}`, ...rest.Command };
  await glue.createJob({ Name: name, Role: ROLE, ...rest, Command });
}

/** Asks for a run until it is in a state that fits, and gives the different states that it was seen in. */
export async function seen({ glue }: Clients, JobName: string, RunId: string, wanted: RegExp): Promise<string[]> {
  const states: string[] = [];
  for (;;) {
    const { JobRun: run } = await glue.getJobRun({ JobName, RunId });
    const state = run!.JobRunState!;
    if (states.at(-1) !== state) states.push(state);
    if (wanted.test(state)) return states;
    // Scripts need the processor, too.
    await pause(10);
  }
}

const ENDED = /^(STOPPED|SUCCEEDED|FAILED|TIMEOUT)$/;

/** Waits for the end of a run. */
export async function ended(clients: Clients, JobName: string, RunId: string): Promise<JobRun> {
  await seen(clients, JobName, RunId, ENDED);
  return (await clients.glue.getJobRun({ JobName, RunId })).JobRun!;
}

/** Starts a run and waits for its end. */
export async function run(clients: Clients, JobName: string, Arguments: Record<string, string> = {}): Promise<JobRun> {
  const { JobRunId } = await clients.glue.startJobRun({ JobName, Arguments });
  return await ended(clients, JobName, JobRunId!);
}

/** What a run has printed, as lines. */
export async function printed({ logs }: Clients, { LogGroupName, Id }: JobRun, kind = 'output'): Promise<string[]> {
  const answer = await logs('GetLogEvents', { logGroupName: `${LogGroupName}/${kind}`, logStreamName: Id });
  const { events } = (await answer.json()) as { events: { message: string }[] };
  return events.map(({ message }) => message);
}

/** The error that a call must end with. */
export async function errorOf(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof GlueServiceException)) throw error;
    return { name: error.name, message: error.message };
  }
  throw new Error('the call succeeded');
}
