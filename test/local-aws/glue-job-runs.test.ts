import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { packageRoot } from '../../engines/package-root.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import {
  ACCOUNT,
  BUCKET,
  type Clients,
  ended,
  errorOf,
  glueOf,
  makeJob,
  printed,
  ROLE,
  run,
  seen,
} from './glue-client.ts';
import { signed } from './support.ts';

// The real client of Glue: what a run is, from its start to its end. Scripts run for real.

let aws: LocalAws;
let here: Clients;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-glue-test-'));
  // A minute of a time-out lasts a second.
  aws = await startLocalAws({ glueMinuteSeconds: 1 });
  here = glueOf(aws);
}, 300_000);
afterAll(async () => {
  for (const client of [here?.glue, here?.s3]) client?.destroy();
  await aws?.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await aws.reset();
  await here.s3.createBucket({ Bucket: BUCKET });
});

/** A script that goes on until a file is there. */
function held(name: string): { script: string; release: () => void; began: string } {
  const [file, began] = [join(directory, `${name}-release`), join(directory, `${name}-began`)];
  const script =
    `import os, pathlib, time\npathlib.Path(${JSON.stringify(began)}).write_text(str(os.getpid()))\n` +
    `while not os.path.exists(${JSON.stringify(file)}):\n    time.sleep(0.02)\n`;
  return { script, began, release: () => writeFileSync(file, '') };
}

/** Waits until a script has written a file. */
async function written(file: string): Promise<void> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await nextTurn();
}

/** What has ended stays in the list of processes until its parent has asked how. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

test('a run is seen from STARTING over RUNNING to SUCCEEDED, with its times', async () => {
  const { script, release } = held('states');
  await makeJob(here, 'states', `${script}print('done')\n`);
  const before = Date.now();
  const { JobRunId } = await here.glue.startJobRun({ JobName: 'states' });
  const states = await seen(here, 'states', JobRunId!, /^RUNNING$/);
  release();
  states.push(...(await seen(here, 'states', JobRunId!, /^SUCCEEDED$/)));
  expect([...new Set(states)]).toEqual(['STARTING', 'RUNNING', 'SUCCEEDED']);
  const { JobRun: ran } = await here.glue.getJobRun({ JobName: 'states', RunId: JobRunId! });
  expect(ran).toMatchObject({
    Id: expect.stringMatching(/^jr_[0-9a-f]{64}$/),
    Attempt: 0,
    JobName: 'states',
    MaxCapacity: 0.0625,
    AllocatedCapacity: 0,
    Timeout: 2880,
    LogGroupName: '/aws-glue/python-jobs',
    PredecessorRuns: [],
  });
  expect(ran).not.toHaveProperty('ErrorMessage');
  expect(ran).not.toHaveProperty('PreviousRunId');
  const [started, completed] = [ran!.StartedOn!.getTime(), ran!.CompletedOn!.getTime()];
  expect(started).toBeGreaterThanOrEqual(before);
  expect(completed).toBeGreaterThanOrEqual(started);
  expect(ran!.LastModifiedOn!.getTime()).toBe(completed);
  expect(ran!.ExecutionTime).toBeLessThanOrEqual(Math.ceil((completed - started) / 1000));
  expect(await printed(here, ran!)).toEqual(['done']);
}, 120_000);

test('a script gets the arguments of the job, of the run before those, and before all those that cannot be changed', async () => {
  const script = 'import json, sys\nprint(json.dumps(sys.argv[1:]))\n';
  await makeJob(here, 'arguments', script, {
    DefaultArguments: { '--a': 'job', '--b': 'job', '--c': 'job' },
    NonOverridableArguments: { '--c': 'fixed' },
  });
  const ran = await run(here, 'arguments', { '--b': 'run; $(id) "x"', '--c': 'run', '--d': '' });
  expect(ran.Arguments).toEqual({ '--a': 'job', '--b': 'run; $(id) "x"', '--c': 'fixed', '--d': '' });
  const [line = ''] = await printed(here, ran);
  expect(JSON.parse(line)).toEqual(['--a', 'job', '--b', 'run; $(id) "x"', '--c', 'fixed', '--d', '']);
}, 60_000);

test('a script that fails says so in the last line of its traceback; what it printed is in the logs', async () => {
  const script =
    'import sys\nprint("before")\nprint("a warning", file=sys.stderr)\nraise ValueError("no such year: 12")\n';
  await makeJob(here, 'failing', script);
  const failed = await run(here, 'failing');
  expect(failed).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'ValueError: no such year: 12' });
  expect(await printed(here, failed)).toEqual(['before']);
  const errors = await printed(here, failed, 'error');
  expect(errors[0]).toBe('a warning');
  expect(errors.at(-1)).toBe('ValueError: no such year: 12');
  await makeJob(here, 'exiting', 'import sys\nsys.exit(3)\n');
  expect(await run(here, 'exiting')).toMatchObject({ ErrorMessage: 'Command failed with exit code 3' });
}, 60_000);

test('a failed run is tried again as often as the job says, each with the run before it', async () => {
  const count = join(directory, 'attempts');
  const script =
    `import pathlib\nfile = pathlib.Path(${JSON.stringify(count)})\n` +
    `n = int(file.read_text()) if file.exists() else 0\nfile.write_text(str(n + 1))\n` +
    `if n < 2:\n    raise RuntimeError("attempt %d" % n)\n`;
  await makeJob(here, 'retrying', script, { MaxRetries: 2 });
  const first = await run(here, 'retrying');
  const second = await ended(here, 'retrying', `${first.Id}_attempt_1`);
  const third = await ended(here, 'retrying', `${first.Id}_attempt_2`);
  expect([first, second, third]).toEqual([
    expect.objectContaining({ JobRunState: 'FAILED', Attempt: 0, ErrorMessage: 'RuntimeError: attempt 0' }),
    expect.objectContaining({ JobRunState: 'FAILED', Attempt: 1, PreviousRunId: first.Id }),
    expect.objectContaining({ JobRunState: 'SUCCEEDED', Attempt: 2, PreviousRunId: second.Id }),
  ]);
  expect((await here.glue.getJobRuns({ JobName: 'retrying' })).JobRuns!.map(({ Id }) => Id)).toEqual([
    third.Id,
    second.Id,
    first.Id,
  ]);
}, 60_000);

test('a run that is stopped ends with all its processes, also those that take no notice, and is not tried again', async () => {
  const { script, began } = held('stopping');
  const stubborn = `import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n${script}`;
  await makeJob(here, 'stopping', stubborn, { MaxRetries: 3 });
  const { JobRunId } = await here.glue.startJobRun({ JobName: 'stopping' });
  await written(began);
  const stopped = await here.glue.batchStopJobRun({ JobName: 'stopping', JobRunIds: [JobRunId!, 'jr_none'] });
  expect(stopped.SuccessfulSubmissions).toEqual([{ JobName: 'stopping', JobRunId }]);
  expect(stopped.Errors).toEqual([
    {
      JobName: 'stopping',
      JobRunId: 'jr_none',
      ErrorDetail: {
        ErrorCode: 'EntityNotFoundException',
        ErrorMessage: 'Job run jr_none of job stopping is not there.',
      },
    },
  ]);
  expect(await seen(here, 'stopping', JobRunId!, /^STOPPED$/)).toEqual(['STOPPING', 'STOPPED']);
  expect(isAlive(Number(readFileSync(began, 'utf8')))).toBe(false);
  expect((await here.glue.getJobRuns({ JobName: 'stopping' })).JobRuns).toHaveLength(1);
  const again = await here.glue.batchStopJobRun({ JobName: 'stopping', JobRunIds: [JobRunId!] });
  expect(again.Errors![0]!.ErrorDetail!.ErrorMessage).toBe(`Job run ${JobRunId} is STOPPED already.`);
}, 60_000);

test('a run that takes longer than its time-out is ended', async () => {
  const { script, began } = held('timeout');
  await makeJob(here, 'timeout', script, { Timeout: 2000 });
  const { JobRunId } = await here.glue.startJobRun({ JobName: 'timeout', Timeout: 1 });
  expect(await ended(here, 'timeout', JobRunId!)).toMatchObject({
    JobRunState: 'TIMEOUT',
    Timeout: 1,
    ErrorMessage: 'The run took longer than 1 min.',
  });
  expect(isAlive(Number(readFileSync(began, 'utf8')))).toBe(false);
}, 60_000);

test('no more runs than the job allows; a job with a queue lets further ones wait', async () => {
  const { script, release } = held('concurrent');
  await makeJob(here, 'concurrent', script, { ExecutionProperty: { MaxConcurrentRuns: 2 } });
  const start = (JobRunQueuingEnabled = false) =>
    here.glue.startJobRun({ JobName: 'concurrent', JobRunQueuingEnabled }).then(({ JobRunId }) => JobRunId!);
  const running = await Promise.all([start(), start()]);
  expect(await errorOf(start())).toEqual({
    name: 'ConcurrentRunsExceededException',
    message: 'Concurrent runs exceeded for concurrent',
  });
  const [waiting, dropped] = [await start(true), await start(true)];
  expect(await seen(here, 'concurrent', waiting, /./)).toEqual(['WAITING']);
  await here.glue.batchStopJobRun({ JobName: 'concurrent', JobRunIds: [dropped] });
  expect(await seen(here, 'concurrent', dropped, /./)).toEqual(['STOPPED']);
  release();
  for (const id of [...running, waiting]) {
    expect(await ended(here, 'concurrent', id)).toMatchObject({ JobRunState: 'SUCCEEDED' });
  }
  await makeJob(here, 'single', held('concurrent').script);
  expect(await run(here, 'single')).toMatchObject({ JobRunState: 'SUCCEEDED' });
}, 60_000);

test('runs come in pages, the newest first, of one account and Region', async () => {
  await makeJob(here, 'many', 'pass\n');
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift((await run(here, 'many')).Id!);
  const found: string[][] = [];
  let NextToken: string | undefined;
  do {
    const page = await here.glue.getJobRuns({ JobName: 'many', MaxResults: 2, NextToken });
    found.push(page.JobRuns!.map(({ Id }) => Id!));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(found).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  for (const other of [glueOf(aws, '444455556666'), glueOf(aws, undefined, 'us-east-1')]) {
    expect(await errorOf(other.glue.getJobRun({ JobName: 'many', RunId: ids[0]! }))).toMatchObject({
      name: 'EntityNotFoundException',
    });
  }
  expect(await errorOf(here.glue.getJobRuns({ JobName: 'many', NextToken: 'x' }))).toMatchObject({
    name: 'InvalidInputException',
  });
}, 120_000);

test('what is not there, and what cannot be, is refused', async () => {
  await makeJob(here, 'there', 'pass\n');
  const start = (rest: object) => errorOf(here.glue.startJobRun({ JobName: 'there', ...rest }));
  const missing = { name: 'EntityNotFoundException', message: 'Job none is not there.' };
  expect(await errorOf(here.glue.startJobRun({ JobName: 'none' }))).toEqual(missing);
  expect(await errorOf(here.glue.getJobRuns({ JobName: 'none' }))).toEqual(missing);
  expect(await start({ JobRunId: 'jr_none' })).toMatchObject({ name: 'EntityNotFoundException' });
  const invalid = { name: 'InvalidInputException' };
  expect(await start({ Timeout: 0 })).toMatchObject(invalid);
  expect(await start({ WorkerType: 'G.3X', NumberOfWorkers: 2 })).toMatchObject(invalid);
  expect(await start({ MaxCapacity: 2, NumberOfWorkers: 2 })).toMatchObject(invalid);
}, 60_000);

test('a run that cannot be made says why, and never succeeds', async () => {
  const cases: [string, object, string][] = [
    ['streaming', { Command: { Name: 'gluestreaming' } }, "runs jobs of 'glueetl' and 'pythonshell', and none of"],
    ['old', { Command: { Name: 'glueetl' }, GlueVersion: '2.0' }, "There is no Glue version '2.0' that could be run"],
    ['scala', { Command: { Name: 'glueetl' }, DefaultArguments: { '--job-language': 'scala' } }, "none in 'scala'"],
    [
      'scriptless',
      { Command: { ScriptLocation: `s3://${BUCKET}/none.py` } },
      'Could not read s3://scripts/none.py: NoSuchKey',
    ],
    ['folder', { Command: { ScriptLocation: `s3://${BUCKET}/` } }, "'s3://scripts/' is not the address of an object"],
    [
      'library',
      { DefaultArguments: { '--extra-py-files': 's3://none/a.py' } },
      'Could not read s3://none/a.py: NoSuchBucket',
    ],
  ];
  for (const [name, rest, message] of cases) {
    await makeJob(here, name, 'pass\n', rest);
    expect(await run(here, name)).toMatchObject({
      JobRunState: 'FAILED',
      ErrorMessage: expect.stringContaining(message),
      ExecutionTime: 0,
    });
  }
}, 60_000);

test('a job imports what --extra-py-files names, and calls AWS with the role of the job', async () => {
  await makeJob(
    here,
    'calling',
    'import boto3, pathlib, helper\n' +
      'print(helper.WORD, pathlib.Path("data.txt").read_text())\n' +
      'print(boto3.client("sts").get_caller_identity()["Arn"])\n' +
      'boto3.client("s3").put_object(Bucket="scripts", Key="out", Body=b"x")\n',
    {
      DefaultArguments: {
        '--extra-py-files': ' s3://scripts/lib/helper.py, ',
        '--extra-files': 's3://scripts/data.txt',
      },
    },
  );
  await here.s3.putObject({ Bucket: BUCKET, Key: 'lib/helper.py', Body: 'WORD = "hello"\n' });
  await here.s3.putObject({ Bucket: BUCKET, Key: 'data.txt', Body: 'world' });
  const before = aws.calls().at(-1)!.n;
  const ran = await run(here, 'calling');
  expect(ran).toMatchObject({ JobRunState: 'SUCCEEDED' });
  const identity = ROLE.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
  expect(await printed(here, ran)).toEqual(['hello world', `${identity}/GlueJobRunnerSession`]);
  const calls = aws.calls(before).filter(({ operation }) => !/^(GetJobRun|GetLogEvents)$/.test(operation));
  // What Glue itself reads is no call of anybody; what the script calls is told apart by its keys.
  expect(calls.map(({ operation, accessKeyId }) => [operation, /^\d{12}$/.test(accessKeyId)])).toEqual([
    ['StartJobRun', true],
    ['GetCallerIdentity', false],
    ['PutObject', false],
  ]);
}, 60_000);

test('a reset and a stop end what runs', async () => {
  const { script, began } = held('reset');
  await makeJob(here, 'reset', script);
  await here.glue.startJobRun({ JobName: 'reset' });
  await written(began);
  await aws.reset();
  expect(isAlive(Number(readFileSync(began, 'utf8')))).toBe(false);
  rmSync(began);
  const other = await startLocalAws();
  const there = glueOf(other);
  await there.s3.createBucket({ Bucket: BUCKET });
  await makeJob(there, 'reset', script);
  await there.glue.startJobRun({ JobName: 'reset' });
  await written(began);
  await other.stop();
  expect(isAlive(Number(readFileSync(began, 'utf8')))).toBe(false);
}, 60_000);

test('a script ends with the local AWS, also when that is killed', async () => {
  const { script, began } = held('orphan');
  const place = mkdtempSync(join(directory, 'orphan-'));
  const file = join(place, 'orphan.py');
  writeFileSync(file, script);
  const launcher = join(packageRoot(), 'local-aws', 'glue', 'launcher.py');
  const child = spawn('python3', [launcher, place, file], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  await written(began);
  child.stdin.end();
  await once(child, 'exit');
  const pid = Number(readFileSync(began, 'utf8'));
  while (isAlive(pid)) await nextTurn();
  expect([isAlive(pid), existsSync(place)]).toEqual([false, false]);
}, 60_000);

test('what a state machine starts is not said to have run', async () => {
  await makeJob(here, 'started', 'pass\n');
  const states = async (operation: string, body: object) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${operation}` };
    const answer = await signed(aws.endpoint, 'states', {
      account: ACCOUNT,
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Record<string, string>;
  };
  const Resource = 'arn:aws:states:::aws-sdk:glue:startJobRun';
  const state = { Type: 'Task', Resource, Parameters: { JobName: 'started' }, End: true };
  const definition = JSON.stringify({ StartAt: 'Run', States: { Run: state } });
  const { stateMachineArn } = await states('CreateStateMachine', { name: 'runs', definition, roleArn: ROLE });
  const { executionArn } = await states('StartExecution', { stateMachineArn });
  let execution: Record<string, string>;
  do execution = await states('DescribeExecution', { executionArn });
  while (execution.status === 'RUNNING');
  expect(execution).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/runs jobs that a client starts/) });
}, 60_000);
