import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { RUN_JOB_PERMISSIONS } from '../../../../actions/glue-transform/run-job/permissions.ts';
import { openWorkplace, REGION, type Scripted, TRANSFORMS, type Workplace } from './workplace.ts';

// Against the local AWS, whose Python shell jobs are plain Python. What it does not do by itself is answered by the test,
// in Glue's own form.

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

const started = (calls: readonly string[]) => calls.filter((operation) => operation === 'StartJobRun').length;

describe('a run to its end', () => {
  test('one that succeeds has outputs, a report, and nothing to clean up', async () => {
    await place.job('good', 'print("done")\n');
    const ran = await place.run({ job: 'good', arguments: 'day: 2026-01-31', 'price-per-dpu-hour': '0.44' });
    expect(ran).toMatchObject({ message: '', exitCode: 0 });
    const [run] = await place.runsOf('good');
    expect(ran.outputs).toMatchObject({
      status: 'succeeded',
      state: 'SUCCEEDED',
      'run-id': run?.Id,
      attempt: '1',
      'execution-seconds': expect.stringMatching(/^\d+$/),
      'dpu-seconds': expect.stringMatching(/^\d+(\.\d+)?$/),
      'cost-usd': expect.stringMatching(/^\d\.\d{4}$/),
    });
    expect(ran.outputs).toHaveProperty('result-file');
    expect(run?.Arguments).toMatchObject({ '--day': '2026-01-31' });
    expect(ran.report).toContain('### Job run succeeded');
    expect(ran.report).toContain(`#/job/good/run/${run?.Id}`);
    expect(place.called()).toEqual(['GetJob', 'GetJobRuns', 'StartJobRun', ...place.called().slice(3)]);
    expect(new Set(place.called().slice(3))).toEqual(new Set(['GetJobRun']));
  });

  test('one that fails fails the step, with the cause and the way to the log', async () => {
    await place.job('bad', 'import repartition_date\n');
    const ran = await place.run({ job: 'bad' });
    const [run] = await place.runsOf('bad');
    expect(ran).toMatchObject({
      exitCode: 1,
      outputs: { status: 'failed', state: 'FAILED', 'run-id': run?.Id, attempt: '1' },
    });
    expect(ran.message).toContain(`The run ${run?.Id} of the job bad has failed: ModuleNotFoundError`);
    expect(ran.message).toContain('Likely cause: the module repartition_date is not in this version of Glue');
    expect(ran.message).toContain(
      `aws logs tail /aws-glue/python-jobs/error --log-stream-name-prefix ${run?.Id} --since 1d --region ${REGION}`,
    );
    expect(ran.report).toContain('### Job run failed');
    expect(place.called()).not.toContain('BatchStopJobRun');
  });

  test('one that takes too long is stopped, and the step fails', async () => {
    const { script, release } = place.blocking();
    await place.job('slow', script);
    const ran = await place.run({ job: 'slow', timeout: '1s' });
    const [run] = await place.runsOf('slow');
    expect(run?.JobRunState).toBe('STOPPED');
    release();
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'timed-out', state: 'STOPPED' } });
    expect(ran.message).toContain(`The run ${run?.Id} of the job slow was still going on after 1 s and was stopped`);
    expect(place.called().filter((operation) => operation === 'BatchStopJobRun')).toHaveLength(1);
  });

  test('one that somebody else stops is a failure that says so', async () => {
    const { script, release } = place.blocking();
    await place.job('disturbed', script);
    const ran = await place.run(
      { job: 'disturbed' },
      {
        onLine: (line) => {
          const [, id] = /The run (\S+) is RUNNING/.exec(line) ?? [];
          if (id !== undefined) void place.glue.batchStopJobRun({ JobName: 'disturbed', JobRunIds: [id] });
        },
      },
    );
    release();
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'stopped', state: 'STOPPED' } });
    expect(ran.message).toContain('was stopped by somebody else');
  });

  test('each new state is told once', async () => {
    const { script, release } = place.blocking();
    await place.job('told', script);
    const ran = await place.run({ job: 'told' }, { onLine: (line) => void (/RUNNING/.test(line) && release()) });
    expect(ran.exitCode).toBe(0);
    expect(ran.lines.filter((line) => /is RUNNING\./.test(line))).toHaveLength(1);
    expect(ran.lines.filter((line) => /is SUCCEEDED\./.test(line))).toHaveLength(1);
  });
});

describe('what the job is set to', () => {
  test('retries: the last attempt decides', async () => {
    const { script, release } = place.blocking();
    // Fails while the file is there.
    const failing = script.replace(/while (.*):\n.*\n/, 'if $1:\n    raise ValueError("not yet")\n');
    await place.job('retried', failing, { MaxRetries: 2 });
    const ran = await place.run({ job: 'retried' }, { onLine: (line) => void (/is FAILED/.test(line) && release()) });
    const runs = await place.runsOf('retried');
    expect(runs.length).toBeGreaterThanOrEqual(2);
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: { status: 'succeeded', 'run-id': runs[0]?.Id, attempt: String(runs.length) },
    });
    expect(ran.report).toContain(`| attempts | ${runs.length} |`);
  });

  test('retries that all fail: what the last one says', async () => {
    await place.job('hopeless', 'raise ValueError("never")\n', { MaxRetries: 1 });
    const ran = await place.run({ job: 'hopeless' });
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'failed', attempt: '2' } });
    expect(ran.message).toContain('has failed in all 2 attempts, at last: ValueError: never');
  });

  test('too many runs at a time: which go on, and the setting', async () => {
    const { script, release } = place.blocking();
    await place.job('full', script, { ExecutionProperty: { MaxConcurrentRuns: 1 } });
    const { JobRunId: other } = await place.glue.startJobRun({ JobName: 'full' });
    const ran = await place.run({ job: 'full' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toMatch(
      new RegExp(`The job full takes no further run: .*Concurrent runs exceeded for full.*; going on: ${other}$`, 'm'),
    );
    expect(ran.message).toContain('Likely cause: the job may have 1 run at a time (MaxConcurrentRuns)');
    expect(ran.message).toContain("raise 'Maximum concurrency' of the job");
    expect(started(place.called())).toBe(1);
    release();
    // The run of somebody else was left alone.
    expect((await place.endedRunsOf('full')).map(({ JobRunState: state }) => state)).toEqual(['SUCCEEDED']);
  });
});

describe('faults while it starts', () => {
  test.each([
    ['the answer is lost after it was carried out', 'reset-after', 1, 1],
    ['the connection is lost before it was carried out', 'reset', 1, 2],
    ['the service fails', 'server-error', 1, 2],
    ['a call is throttled', 'throttle', 1, 2],
  ] as const)('%s: one run', async (_, fault, times, calls) => {
    const name = await place.job(`once-${fault}`, 'print("done")\n');
    place.aws.setFaults({ rules: [{ service: 'glue', operation: 'StartJobRun', fault, times }] });
    const ran = await place.run({ job: name, arguments: '{"day": "1"}' });
    expect(ran).toMatchObject({ message: '', exitCode: 0 });
    expect(started(place.called())).toBe(calls);
    const runs = await place.runsOf(name);
    expect(runs.map(({ Id: id }) => id)).toEqual([ran.outputs['run-id']]);
  });

  test('a run from before with the same arguments is not taken for the one that was started', async () => {
    const name = await place.job('before', 'print("done")\n');
    const first = await place.run({ job: name });
    place.aws.setFaults({ rules: [{ service: 'glue', operation: 'StartJobRun', fault: 'reset-after', times: 1 }] });
    const second = await place.run({ job: name });
    expect(second.outputs['run-id']).not.toBe(first.outputs['run-id']);
    expect(await place.runsOf(name)).toHaveLength(2);
  });

  test('when no start comes through it says so, and has not gone on for ever', async () => {
    const name = await place.job('never', 'print("done")\n');
    place.aws.setFaults({ rules: [{ service: 'glue', operation: 'StartJobRun', fault: 'server-error' }] });
    const ran = await place.run({ job: name });
    expect(ran).toMatchObject({ exitCode: 1 });
    expect(ran.message).toContain('The job never could not be started, in 3 tries; no run of it came up');
    expect(started(place.called())).toBe(3);
    expect(await place.runsOf(name)).toEqual([]);
  });

  test('looks that fail do not end the wait', async () => {
    const { script, release } = place.blocking();
    const name = await place.job('blind', script);
    place.aws.setFaults({
      rules: [{ service: 'glue', operation: 'GetJobRun', fault: 'server-error', skip: 1, times: 9 }],
    });
    const ran = await place.run({ job: name }, { onLine: (line) => void (/asking again/.test(line) && release()) });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'succeeded' } });
    expect(ran.lines.join('\n')).toContain('Glue could not be asked');
    expect(await place.runsOf(name)).toHaveLength(1);
  }, 60_000);
});

describe('a step that is cancelled', () => {
  test('while the job runs: the run is stopped afterwards', async () => {
    const { script, release } = place.blocking();
    await place.job('cancelled', script);
    const cancel = new AbortController();
    const ran = await place.run(
      { job: 'cancelled' },
      { signal: cancel.signal, onLine: (line) => void (/is RUNNING/.test(line) && cancel.abort()) },
    );
    const [run] = await place.endedRunsOf('cancelled');
    expect(run?.JobRunState).toBe('STOPPED');
    release();
    expect(ran.exitCode).toBe(130);
    expect(ran.message).toContain('It was cancelled while the job cancelled ran');
    expect(ran.message).toContain(`The run ${run?.Id} is stopped by the cleanup`);
    expect(ran.lines).toContain(`info: The run ${run?.Id} of the job cancelled was left; it is being stopped.`);
  });

  test('while the answer to the start is looked for: the run is found and stopped', async () => {
    const { script, release } = place.blocking();
    await place.job('unsure', script);
    place.aws.setFaults({ rules: [{ service: 'glue', operation: 'StartJobRun', fault: 'reset-after', times: 1 }] });
    const cancel = new AbortController();
    const ran = await place.run(
      { job: 'unsure' },
      { signal: cancel.signal, onLine: (line) => void (/is not known/.test(line) && cancel.abort()) },
    );
    const runs = await place.endedRunsOf('unsure');
    expect(runs.map(({ JobRunState: state }) => state)).toEqual(['STOPPED']);
    release();
    expect(ran.exitCode).toBe(130);
  });
});

describe('a step that is killed', () => {
  test.each(['StartJobRun', 'GetJobRun'])('during %s: the cleanup of its job stops the run', async (operation) => {
    const { script, release } = place.blocking();
    const name = await place.job(`killed-${operation}`, script);
    const job = { GITLAB_CI: 'true', CI_PROJECT_DIR: place.root, CI_JOB_ID: operation };
    const program = path.join(import.meta.dirname, 'run-job-process.ts');
    const running = execa(process.execPath, [program, JSON.stringify({ job: name })], {
      reject: false,
      cwd: place.root,
      env: { ...job, NODE_COMPILE_CACHE: path.join(place.root, 'compile-cache') },
    });
    // The call is carried out, but nobody is there for the answer.
    place.watch = (call) => void (call.operation === operation && running.kill('SIGKILL'));
    expect((await running).signal).toBe('SIGKILL');
    place.watch = () => {};
    const cleaned = await place.cleanUp(name, job);
    const runs = await place.endedRunsOf(name);
    expect(runs.map(({ JobRunState: state }) => state)).toEqual(['STOPPED']);
    release();
    expect(cleaned).toContain(`The run ${runs[0]?.Id} of the job ${name} was left; it is being stopped.`);
  });

  test('after its end: the cleanup makes no call', async () => {
    const name = await place.job('over', 'print("done")\n');
    const job = { GITLAB_CI: 'true', CI_PROJECT_DIR: place.root, CI_JOB_ID: 'over' };
    const program = path.join(import.meta.dirname, 'run-job-process.ts');
    const { exitCode } = await execa(process.execPath, [program, JSON.stringify({ job: name })], {
      reject: false,
      cwd: place.root,
      env: { ...job, NODE_COMPILE_CACHE: path.join(place.root, 'compile-cache') },
    });
    expect(exitCode).toBe(0);
    place.reset();
    expect(await place.cleanUp(name, job)).not.toContain('left');
    expect(place.called()).toEqual([]);
  });
});

describe('what Glue answers', () => {
  const job = { Name: 'j', Command: { Name: 'glueetl' }, WorkerType: 'G.1X', NumberOfWorkers: 2, GlueVersion: '5.0' };
  const run = (id: string, state: string, more: object = {}) => ({ Id: id, JobName: 'j', JobRunState: state, ...more });
  const refusal = (name: string, message: string): Scripted => ({
    status: 400,
    type: name,
    body: { __type: name, Message: message, message },
  });

  test('a job with retries: the last attempt decides, and all of them are paid', async () => {
    const failed = run('jr_a', 'FAILED', { ErrorMessage: 'ValueError: x', ExecutionTime: 100, MaxCapacity: 2 });
    const again = run('jr_a_attempt_1', 'SUCCEEDED', {
      Attempt: 1,
      PreviousRunId: 'jr_a',
      ExecutionTime: 200,
      MaxCapacity: 2,
    });
    let isStarted = false;
    place.answer = ({ operation }, { RunId: id }) => {
      if (operation === 'GetJob') return { body: { Job: { ...job, MaxRetries: 1 } } };
      if (operation === 'GetJobRuns') return { body: { JobRuns: isStarted ? [again, failed] : [] } };
      if (operation === 'GetJobRun') return { body: { JobRun: id === 'jr_a' ? failed : again } };
      isStarted = true;
      return { body: { JobRunId: 'jr_a' } };
    };
    const ran = await place.run({ job: 'j', 'price-per-dpu-hour': '0.36' });
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: {
        status: 'succeeded',
        'run-id': 'jr_a_attempt_1',
        attempt: '2',
        'dpu-seconds': '600',
        'cost-usd': '0.0600',
      },
    });
  });

  test('retries that do not come: the failure counts', async () => {
    place.answer = ({ operation }) => {
      if (operation === 'GetJob') return { body: { Job: { ...job, MaxRetries: 3 } } };
      if (operation === 'GetJobRuns') return { body: { JobRuns: [] } };
      if (operation === 'GetJobRun')
        return { body: { JobRun: run('jr_a', 'FAILED', { ErrorMessage: 'ValueError: x' }) } };
      return { body: { JobRunId: 'jr_a' } };
    };
    const ran = await place.run({ job: 'j' });
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'failed', attempt: '1' } });
    expect(ran.lines.join('\n')).toContain('has retries left, but Glue has not tried it again');
  });

  test('a second start that is refused because of the first, whose answer was lost', async () => {
    let starts = 0;
    place.answer = ({ operation }) => {
      if (operation === 'GetJob') return { body: { Job: job } };
      // The run shows only after the second start.
      if (operation === 'GetJobRuns') {
        return { body: { JobRuns: starts === 2 ? [run('jr_a', 'RUNNING', { StartedOn: 1_800_000_000 })] : [] } };
      }
      if (operation === 'GetJobRun') return { body: { JobRun: run('jr_a', 'SUCCEEDED') } };
      starts += 1;
      if (starts === 1) return { status: 500, type: 'InternalServiceException', body: { Message: 'lost' } };
      return refusal('ConcurrentRunsExceededException', 'Concurrent runs exceeded for j');
    };
    const ran = await place.run({ job: 'j' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'run-id': 'jr_a', status: 'succeeded' } });
    expect(starts).toBe(2);
  });

  test('workers and a time-out go with the start, and are not more than the job allows itself', async () => {
    const sent: object[] = [];
    const answerWith =
      (timeout: number): Workplace['answer'] =>
      ({ operation }, body) => {
        if (operation === 'GetJob') return { body: { Job: { ...job, Timeout: timeout } } };
        if (operation === 'GetJobRuns') return { body: { JobRuns: [] } };
        if (operation === 'GetJobRun') return { body: { JobRun: run('jr_a', 'SUCCEEDED') } };
        sent.push(body);
        return { body: { JobRunId: 'jr_a' } };
      };
    place.answer = answerWith(2880);
    await place.run({ job: 'j', workers: '7', timeout: '30m' });
    place.answer = answerWith(10);
    await place.run({ job: 'j' });
    expect(sent).toEqual([{ JobName: 'j', WorkerType: 'G.1X', NumberOfWorkers: 7, Timeout: 35 }, { JobName: 'j' }]);
  });

  test('a new run need not show at once; one that was there and is gone is a failure', async () => {
    const seen = ['', '', 'RUNNING', 'SUCCEEDED', 'SUCCEEDED'];
    const answerWith =
      (states: string[]): Workplace['answer'] =>
      ({ operation }) => {
        if (operation === 'GetJob') return { body: { Job: job } };
        if (operation === 'GetJobRuns') return { body: { JobRuns: [] } };
        if (operation === 'StartJobRun') return { body: { JobRunId: 'jr_a' } };
        const state = states.shift() ?? '';
        return state === ''
          ? refusal('EntityNotFoundException', 'not found')
          : { body: { JobRun: run('jr_a', state) } };
      };
    place.answer = answerWith(seen);
    expect(await place.run({ job: 'j' })).toMatchObject({ exitCode: 0, outputs: { status: 'succeeded' } });
    place.answer = answerWith(['RUNNING']);
    const gone = await place.run({ job: 'j' });
    expect(gone.exitCode).toBe(1);
    expect(gone.message).toContain('Glue does not know the run jr_a of the job j');
    expect(gone.message).toContain('Likely cause: the job was deleted while it ran');
  });

  test('a run that Glue does not stop is told', async () => {
    place.answer = ({ operation }) => {
      if (operation === 'GetJob') return { body: { Job: job } };
      if (operation === 'GetJobRuns')
        return { body: { JobRuns: [run('jr_a', 'RUNNING')].slice(started(place.called()) === 0 ? 1 : 0) } };
      if (operation === 'GetJobRun') return { body: { JobRun: run('jr_a', 'RUNNING') } };
      if (operation === 'StartJobRun') return { body: { JobRunId: 'jr_a' } };
      return {
        body: {
          Errors: [{ JobName: 'j', JobRunId: 'jr_a', ErrorDetail: { ErrorCode: 'X', ErrorMessage: 'not now' } }],
        },
      };
    };
    const ran = await place.run({ job: 'j', timeout: '1s' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(
      'The run jr_a of the job j was still RUNNING after 1 s and could not be stopped: X: not now',
    );
    expect(ran.lines).toContain('warning: The run jr_a of the job j was left and could not be stopped: X: not now.');
  });
});

describe('before a run', () => {
  test('bad inputs are told together, without a call', async () => {
    const ran = await place.run({ timeout: 'long', workers: '0', 'price-per-dpu-hour': '-1' });
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toContain("input 'job': is required");
    expect(ran.message).toContain("input 'timeout': 'long' is not a duration");
    expect(ran.message).toContain("input 'workers': '0' is not a whole number from 1 to 2000");
    expect(ran.message).toContain("input 'price-per-dpu-hour': '-1' is not a number above 0");
    const reserved = await place.run({ job: 'good', arguments: '--mode: x' });
    expect([reserved.exitCode, reserved.message]).toEqual([
      2,
      "input 'arguments': '--mode' is set by Glue itself; leave it out",
    ]);
    expect(place.called()).toEqual([]);
  });

  test('a job that is not there', async () => {
    const ran = await place.run({ job: 'nowhere' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`There is no job 'nowhere' in ${REGION}`);
    expect(place.called()).toEqual(['GetJob']);
  });

  test('a transform that is not published is refused; published, or unchecked, the job runs', async () => {
    const bucket = TRANSFORMS;
    await place.job('visual', 'print("done")\n', {
      DefaultArguments: { '--extra-py-files': `s3://${bucket}/transforms/one.py,s3://${bucket}/transforms/two.py` },
    });
    const none = await place.run({ job: 'visual' });
    expect(none.message).toContain(
      `uses transforms that are not published: s3://${bucket}/transforms/one.py, s3://${bucket}/transforms/two.py`,
    );
    await place.s3.putObject({ Bucket: bucket, Key: 'transforms/one.py', Body: Buffer.from('') });
    const half = await place.run({ job: 'visual' });
    expect(half.exitCode).toBe(1);
    expect(half.message).toContain(`uses a transform that is not published: s3://${bucket}/transforms/two.py`);
    expect(half.message).toContain("Next: Run 'glue-transform publish' first");
    expect(started(place.called())).toBe(0);
    await place.s3.putObject({ Bucket: bucket, Key: 'transforms/two.py', Body: Buffer.from('') });
    expect(await place.run({ job: 'visual' })).toMatchObject({ exitCode: 0 });
    await place.s3.deleteObject({ Bucket: bucket, Key: 'transforms/two.py' });
    expect(await place.run({ job: 'visual', 'check-transforms': 'false' })).toMatchObject({
      outputs: { status: expect.stringMatching(/succeeded|failed/) },
    });
    expect(started(place.called())).toBe(2);
  });

  test('a transform that cannot be looked at, or is in no path of the job, is only told', async () => {
    place.answer = ({ operation }) => {
      const path = 's3://elsewhere/transforms/one.py';
      const nodes = { a: { DynamicTransform: { Name: 'One', TransformName: 'one', Inputs: ['b'], Path: path } } };
      const job = { Name: 'j', Command: { Name: 'glueetl' }, CodeGenConfigurationNodes: nodes };
      if (operation === 'GetJob') return { body: { Job: job } };
      if (operation === 'GetJobRuns') return { body: { JobRuns: [] } };
      if (operation === 'StartJobRun') return { body: { JobRunId: 'jr_a' } };
      return { body: { JobRun: { Id: 'jr_a', JobRunState: 'SUCCEEDED' } } };
    };
    place.isDenied = ({ service }) => service === 's3';
    const ran = await place.run({ job: 'j' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'succeeded' } });
    expect(ran.lines).toEqual(
      expect.arrayContaining([
        'warning: Whether s3://elsewhere/transforms/one.py is there is not known: S3 answers with 403.',
        "warning: The job j has the transform one, but not s3://elsewhere/transforms/one.py in '--extra-py-files'.",
      ]),
    );
  });
});

test('a run that uses everything needs exactly the declared permissions', async () => {
  const bucket = TRANSFORMS;
  const { script, release } = place.blocking();
  await place.job('permitted', script, {
    DefaultArguments: { '--extra-py-files': `s3://${bucket}/transforms/permitted.py` },
  });
  expect(await place.run({ job: 'permitted' })).toMatchObject({ exitCode: 1 });
  await place.s3.putObject({ Bucket: bucket, Key: 'transforms/permitted.py', Body: Buffer.from('') });
  const ran = await place.run({ job: 'permitted', timeout: '1s' });
  release();
  expect([ran.outputs.status, ran.message]).toEqual(['timed-out', expect.stringContaining('and was stopped')]);
  expect(place.usedActions()).toEqual(new Set(RUN_JOB_PERMISSIONS.map(({ action }) => action)));
});
