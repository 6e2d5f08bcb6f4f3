import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type CreateJobRequest, Glue, type JobRun } from '@aws-sdk/client-glue';
import { S3 } from '@aws-sdk/client-s3';
import { endOf } from '../../../../actions/glue-transform/run-job/states.ts';
import runJob from '../../../../actions/glue-transform/run-job.ts';
import type { ExitCode } from '../../../../lib/errors.ts';
import { createHost } from '../../../../lib/hosts/detect.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import type { Clock } from '../../../../lib/operation/define.ts';
import { runCleanup, runOperation } from '../../../../lib/operation/run.ts';
import type { Call } from '../../../../local-aws/calls.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const SCRIPTS = 'scripts';
export const TRANSFORMS = `aws-glue-assets-${ACCOUNT}-${REGION}`;
/** Marks the clients that look from outside, so that no test meets its own looks. */
const OUTSIDE = 'outside-look';

/** What one run of the operation left, with the cleanup after it. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
}

export interface RunOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Gets each line of the log as it comes. */
  readonly onLine?: (line: string) => void;
}

/** An answer in place of the service's. */
export interface Scripted {
  readonly status?: number;
  readonly type?: string;
  readonly body: object;
}

export interface Workplace {
  readonly aws: LocalAws;
  readonly glue: Glue;
  readonly s3: S3;
  /** The workspace of all runs. */
  readonly root: string;
  /** Answers a call of the operation before it is carried out, or lets it go on. */
  answer: (call: Readonly<Call>, sent: Readonly<Record<string, unknown>>) => Scripted | undefined;
  /** Whether a call of the operation is refused with 403. */
  isDenied: (call: Readonly<Call>) => boolean;
  /** Sees each call of the operation before it is carried out. */
  watch: (call: Readonly<Call>) => void;
  /** Makes a job whose script is plain Python. */
  job(name: string, script: string, more?: Partial<CreateJobRequest>): Promise<string>;
  /** A script that runs until `release`. */
  blocking(): { readonly script: string; readonly release: () => void };
  run(inputs: Readonly<Record<string, string>>, options?: RunOptions): Promise<Ran>;
  /** The cleanup after a job of GitLab with these variables, and what it said. */
  cleanUp(job: string, environment: NodeJS.ProcessEnv): Promise<string>;
  runsOf(job: string): Promise<readonly JobRun[]>;
  /** The same, when all of them have ended. */
  endedRunsOf(job: string): Promise<readonly JobRun[]>;
  /** Operations that were called since the last reset, without looks from outside. */
  called(): readonly string[];
  /** IAM actions that these calls need. */
  usedActions(): ReadonlySet<string>;
  reset(): void;
  stop(): Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'headgate-run-job-'));
  const intercept = async (call: Readonly<Call>, request: IncomingMessage, response: ServerResponse) => {
    if (call.userAgent.includes(OUTSIDE)) return false;
    if (place.isDenied(call)) {
      request.resume();
      response.writeHead(403).end();
      return true;
    }
    if (call.service !== 'glue') return false;
    place.watch(call);
    if (!place.isScripted) return false;
    const scripted = place.answer(call, JSON.parse(await text(request)));
    if (scripted === undefined) throw new Error(`the test has no answer for ${call.operation}`);
    const { status = 200, type, body } = scripted;
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    });
    response.end(JSON.stringify(body));
    return true;
  };
  const aws = await startLocalAws({ interceptors: [intercept] });
  const before = { ...process.env };
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
  const outside = {
    endpoint: aws.endpoint,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
    customUserAgent: OUTSIDE,
  };
  const glue = new Glue(outside);
  const s3 = new S3({ ...outside, forcePathStyle: true });
  for (const bucket of [SCRIPTS, TRANSFORMS]) {
    await s3.createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
  }
  const blocks: string[] = [];
  let since = 0;
  const noAnswer = () => undefined;
  const own = () => aws.calls(since).filter(({ userAgent }) => userAgent.includes('headgate/'));

  const place: Workplace & { readonly isScripted: boolean } = {
    aws,
    glue,
    s3,
    root,
    answer: noAnswer,
    watch: () => {},
    isDenied: () => false,
    get isScripted() {
      return place.answer !== noAnswer;
    },
    job: async (name, script, more = {}) => {
      await s3.putObject({ Bucket: SCRIPTS, Key: `${name}.py`, Body: Buffer.from(script) });
      await glue.createJob({
        Name: name,
        Role: `arn:aws:iam::${ACCOUNT}:role/job`,
        Command: { Name: 'pythonshell', ScriptLocation: `s3://${SCRIPTS}/${name}.py`, PythonVersion: '3.9' },
        MaxCapacity: 0.0625,
        ...more,
      });
      return name;
    },
    blocking: () => {
      const file = path.join(root, `block-${blocks.length}`);
      writeFileSync(file, '');
      blocks.push(file);
      const script = `import os, time\nwhile os.path.exists(${JSON.stringify(file)}):\n    time.sleep(0.02)\n`;
      return { script, release: () => rmSync(file, { force: true }) };
    },
    run: async (inputs, { clock = quickClock, signal = new AbortController().signal, onLine = () => {} } = {}) => {
      const kept = memoryHost();
      const request = {
        operation: runJob,
        host: { ...kept, log: toldTo(kept.log, onLine) },
        raw: (name: string) => inputs[name],
        version: '1.2.3',
        clock,
        randomHex: (bytes: number) => 'ab'.repeat(bytes),
        signal,
      };
      try {
        const exitCode = await runOperation(request);
        await runCleanup(request);
        return {
          exitCode,
          outputs: kept.outputs,
          message: kept.annotations.map(({ message }) => message).join('\n'),
          report: kept.summaries.join('\n'),
          lines: kept.lines,
        };
      } finally {
        kept.remove();
      }
    },
    cleanUp: async (job, environment) => {
      const said = new PassThrough();
      const options = { environment, cwd: root, stdout: said, stderr: said, flags: { json: false, quiet: false } };
      await runCleanup({
        operation: runJob,
        host: await createHost(options),
        raw: (name) => (name === 'job' ? job : undefined),
        version: '1.2.3',
        clock: quickClock,
        randomHex: () => '00',
        signal: new AbortController().signal,
      });
      return await text(said.end());
    },
    runsOf: async (job) => (await glue.getJobRuns({ JobName: job })).JobRuns ?? [],
    endedRunsOf: async (job) => {
      for (;;) {
        const runs = await place.runsOf(job);
        if (runs.every((run) => endOf(run) !== undefined)) return runs;
        await quickClock.sleep(20);
      }
    },
    called: () => own().map(({ operation }) => operation),
    usedActions: () => new Set(own().flatMap(({ iamAction, alsoNeeds = [] }) => [iamAction, ...alsoNeeds])),
    reset: () => {
      place.answer = noAnswer;
      place.isDenied = () => false;
      aws.clearFaults();
      since = aws.calls().at(-1)?.n ?? 0;
    },
    stop: async () => {
      process.env = before;
      for (const file of blocks) rmSync(file, { force: true });
      glue.destroy();
      s3.destroy();
      await aws.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  // The first run installs what Python shell jobs have.
  await place.job('first', 'print("ready")\n');
  await glue.startJobRun({ JobName: 'first' });
  const [first] = await place.endedRunsOf('first');
  if (first?.JobRunState !== 'SUCCEEDED') throw new Error(`a Python shell job does not run: ${first?.ErrorMessage}`);
  return place;
}

function toldTo(log: Log, onLine: (line: string) => void): Log {
  const told = (level: 'debug' | 'info' | 'warning' | 'error') => (line: string) => {
    log[level](line);
    onLine(line);
  };
  return {
    debug: told('debug'),
    info: told('info'),
    warning: told('warning'),
    error: told('error'),
    group: (title, work) => log.group(title, work),
  };
}
