import type { Job, JobRun } from '@aws-sdk/client-glue';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jobArguments } from '../../../../actions/glue-transform/run-job/arguments.ts';
import { adviceOn, tellingLine } from '../../../../actions/glue-transform/run-job/cause.ts';
import { checkJob } from '../../../../actions/glue-transform/run-job/job.ts';
import { placesOf } from '../../../../actions/glue-transform/run-job/logs.ts';
import { mayBeCarriedOut } from '../../../../actions/glue-transform/run-job/lost-answer.ts';
import { reportOf } from '../../../../actions/glue-transform/run-job/report.ts';
import { isMark, markedRun, markOf } from '../../../../actions/glue-transform/run-job/run-mark.ts';
import { attemptsOf, nextAttempt } from '../../../../actions/glue-transform/run-job/runs.ts';
import { spell } from '../../../../actions/glue-transform/run-job/spell.ts';
import { runState } from '../../../../actions/glue-transform/run-job/state.ts';
import { endOf } from '../../../../actions/glue-transform/run-job/states.ts';
import { transformsOf } from '../../../../actions/glue-transform/run-job/transforms-of.ts';
import { costOf, dpuSecondsOf, sumOf } from '../../../../actions/glue-transform/run-job/usage.ts';
import { judge } from '../../../../actions/glue-transform/run-job/verdict.ts';
import { partitionOf } from '../../../../lib/aws/partition.ts';
import { BadInput, Refused } from '../../../../lib/errors.ts';

const argumentName = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}$/)
  .filter((name) => !/^(debug|endpoint|mode|JOB_NAME)$/.test(name));
const givenArguments = fc.dictionary(argumentName, fc.string({ maxLength: 20 }), { maxKeys: 5, noNullPrototype: true });

describe('arguments', () => {
  test('each gets two hyphens, however it was written, and keeps its value', () => {
    fc.assert(
      fc.property(givenArguments, fc.boolean(), (given, isHyphened) => {
        const written = Object.fromEntries(
          Object.entries(given).map(([name, value]) => [isHyphened ? `--${name}` : name, value]),
        );
        const expected = Object.entries(given).map(([name, value]) => [`--${name}`, value]);
        expect(Object.entries(jobArguments(written))).toEqual(expected);
      }),
    );
  });

  test.each(['--debug', 'debug', '--endpoint', 'mode', '--JOB_NAME', 'JOB_NAME'])('%s belongs to Glue', (name) => {
    expect(() => jobArguments({ [name]: 'x' })).toThrow(
      new BadInput([
        { input: 'arguments', message: `input 'arguments': '${name}' is set by Glue itself; leave it out` },
      ]),
    );
  });

  test.each(['', ' ', '-x', '---x', 'a b', 'a=b', '1', '--', 'ä', 'a\nb'])('%j is no name', (name) => {
    expect(() => jobArguments({ [name]: 'x' })).toThrow(
      /is not the name of an argument; write for example 'day' or '--day'/,
    );
  });

  test('all problems are told together', () => {
    expect(() => jobArguments({ mode: '1', day: 'a', '--day': 'b', 'a b': '2' })).toThrow(
      [
        "input 'arguments': 'mode' is set by Glue itself; leave it out",
        "input 'arguments': '--day' is given twice, with and without hyphens; write it once",
        "input 'arguments': 'a b' is not the name of an argument; write for example 'day' or '--day'",
      ].join('\n'),
    );
  });

  test('more than Glue takes is refused', () => {
    expect(() => jobArguments({ day: 'x'.repeat(260_000) })).toThrow(/has 260005 bytes; Glue takes 260 KB/);
  });
});

describe('which run to go on with when an answer was lost', () => {
  const job: Job = {
    DefaultArguments: { '--TempDir': 's3://b/t', '--day': 'monday' },
    NonOverridableArguments: { '--fixed': '1' },
  };
  const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000);
  const known: JobRun = { Id: 'jr_before', StartedOn: at(0), Arguments: { '--day': 'x' } };
  const mark = markOf([known], { '--day': 'x' }, job);

  test.each<[string, JobRun, boolean]>([
    ['with the same arguments', { Id: 'jr_1', StartedOn: at(5), Arguments: { '--day': 'x' } }, true],
    [
      'with those of the job and of Glue beside them',
      {
        Id: 'jr_1',
        StartedOn: at(5),
        Arguments: { '--day': 'x', '--TempDir': 's3://b/t', '--fixed': '1', '--JOB_NAME': 'j' },
      },
      true,
    ],
    ['with another value', { Id: 'jr_1', StartedOn: at(5), Arguments: { '--day': 'monday' } }, false],
    ['without the argument', { Id: 'jr_1', StartedOn: at(5), Arguments: {} }, false],
    ['with a further argument', { Id: 'jr_1', StartedOn: at(5), Arguments: { '--day': 'x', '--more': '1' } }, false],
    ['from before', known, false],
    ['that is older', { Id: 'jr_old', StartedOn: at(-3600), Arguments: { '--day': 'x' } }, false],
    ['of a trigger', { Id: 'jr_1', StartedOn: at(5), Arguments: { '--day': 'x' }, TriggerName: 'nightly' }, false],
    [
      'that is a further attempt',
      { Id: 'jr_1', StartedOn: at(5), Arguments: { '--day': 'x' }, PreviousRunId: 'jr_0' },
      false,
    ],
    ['without a time yet', { Id: 'jr_1', Arguments: { '--day': 'x' } }, false],
  ])('a run %s', (_, run, isOurs) => {
    expect(markedRun([run, known], mark)?.Id).toBe(isOurs ? run.Id : undefined);
  });

  test('of several the first that was started', () => {
    const runs = [9, 7, 8].map((n): JobRun => ({ Id: `jr_${n}`, StartedOn: at(n), Arguments: { '--day': 'x' } }));
    expect(markedRun(runs, mark)?.Id).toBe('jr_7');
  });

  test('a run of ours is always found, and no run from before ever is', () => {
    fc.assert(
      fc.property(
        givenArguments,
        fc.array(fc.tuple(givenArguments, fc.nat(10_000)), { maxLength: 6 }),
        fc.nat(100),
        (own, others, later) => {
          const given = jobArguments(own);
          const before = others.map(
            ([theirs, seconds], n): JobRun => ({
              Id: `jr_${n}`,
              StartedOn: at(seconds),
              Arguments: jobArguments(theirs),
            }),
          );
          const newMark = JSON.parse(JSON.stringify(markOf(before, given, job)));
          expect(isMark(newMark)).toBe(true);
          expect(markedRun(before, newMark)).toBeUndefined();
          const started: JobRun = {
            Id: 'jr_new',
            StartedOn: at(10_000 + later),
            Arguments: { ...job.DefaultArguments, ...given },
          };
          expect(markedRun([started, ...before], newMark)?.Id).toBe('jr_new');
        },
      ),
    );
  });

  test('the mark has no values of arguments', () => {
    expect(JSON.stringify(markOf([], { '--token': 'very-secret' }, job))).not.toContain('very-secret');
  });
});

describe('saved state', () => {
  const mark = markOf([], {}, {});
  test.each([{ kind: 'ended' }, { kind: 'started', job: 'j', run: 'r' }, { kind: 'starting', job: 'j', mark }])(
    '%j is read as it was saved',
    (state) => {
      expect(runState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    },
  );

  test.each([
    {},
    { kind: 'started', job: 'j' },
    { kind: 'starting', job: 'j', mark: { before: [1] } },
    { kind: 'other' },
  ])('%j is a defect', (state) => {
    expect(() => runState(state)).toThrow(/is not that of a run of a job/);
  });
});

describe('a start that fails may have been carried out', () => {
  test.each<[string, object, boolean]>([
    ['ThrottlingException', { $metadata: { httpStatusCode: 400 } }, false],
    ['ConcurrentRunsExceededException', { $metadata: { httpStatusCode: 400 } }, false],
    ['AccessDeniedException', { $metadata: { httpStatusCode: 400 } }, false],
    ['Error', { code: 'ECONNREFUSED' }, false],
    ['Error', { code: 'ENOTFOUND' }, false],
    ['OperationTimeoutException', { $metadata: { httpStatusCode: 400 } }, true],
    ['InternalServiceException', { $metadata: { httpStatusCode: 500 } }, true],
    ['ServiceUnavailable', { $metadata: { httpStatusCode: 503 } }, true],
    ['Error', { code: 'ECONNRESET' }, true],
    ['TimeoutError', {}, true],
    ['AbortError', {}, true],
    ['SyntaxError', { $metadata: { httpStatusCode: 200 } }, true],
  ])('%s %j: %s', (name, more, mayBe) => {
    expect(mayBeCarriedOut(Object.assign(new Error('of the test'), { name, ...more }))).toBe(mayBe);
  });

  test('not when it was refused on this side', () => {
    expect(mayBeCarriedOut(new Refused({ what: 'another account' }))).toBe(false);
  });
});

describe('attempts', () => {
  test('each names the one before, or all name the first', () => {
    const first: JobRun = { Id: 'jr_a', Attempt: 0 };
    const second: JobRun = { Id: 'jr_a_attempt_1', Attempt: 1, PreviousRunId: 'jr_a' };
    const chained: JobRun = { Id: 'jr_a_attempt_2', Attempt: 2, PreviousRunId: 'jr_a_attempt_1' };
    const flat: JobRun = { ...chained, PreviousRunId: 'jr_a' };
    const other: JobRun = { Id: 'jr_b_attempt_1', Attempt: 1, PreviousRunId: 'jr_b' };
    for (const third of [chained, flat]) {
      expect(attemptsOf([other, third, second, first], 'jr_a')).toEqual([first, second, third]);
    }
    expect(nextAttempt([other, first], [first])).toBeUndefined();
    expect(attemptsOf([other], 'jr_a')).toEqual([]);
  });
});

test.each([
  ['SUCCEEDED', 'succeeded'],
  ['FAILED', 'failed'],
  ['ERROR', 'failed'],
  ['STOPPED', 'stopped'],
  ['TIMEOUT', 'timed-out'],
  ['EXPIRED', 'expired'],
  ['STARTING', undefined],
  ['RUNNING', undefined],
  ['STOPPING', undefined],
  ['WAITING', undefined],
  ['SOMETHING_NEW', undefined],
  ['constructor', undefined],
])('%s is %s', (state, status) => {
  expect(endOf({ JobRunState: state as JobRun['JobRunState'] })).toBe(status);
});

test.each([
  [1, '1 s'],
  [90, '90 s'],
  [60, '1 minute'],
  [5400, '90 minutes'],
  [3600, '1 hour'],
  [86_400, '24 hours'],
])('%d seconds are %s', (seconds, words) => {
  expect(spell(seconds)).toBe(words);
});

describe('use and costs', () => {
  test.each<[string, JobRun, number | undefined, number | undefined]>([
    ['workers', { WorkerType: 'G.2X', NumberOfWorkers: 5, ExecutionTime: 360 }, 3600, 0.44],
    ['DPUs', { MaxCapacity: 10, ExecutionTime: 360 }, 3600, 0.44],
    ['what Glue counts itself', { MaxCapacity: 10, ExecutionTime: 360, DPUSeconds: 1800 }, 1800, 0.22],
    ['a minute at least', { MaxCapacity: 6, ExecutionTime: 1, GlueVersion: '5.0' }, 6, 0.044],
    ['ten minutes at least in Glue 1.0', { MaxCapacity: 6, ExecutionTime: 1, GlueVersion: '1.0' }, 6, 0.44],
    ['nothing for what did not run', { MaxCapacity: 10 }, 0, 0],
    ['a Python shell', { MaxCapacity: 0.0625, ExecutionTime: 3600 }, 225, 0.0275],
    [
      'a worker type that is not known',
      { WorkerType: 'X.1' as 'G.1X', NumberOfWorkers: 2, ExecutionTime: 9 },
      undefined,
      undefined,
    ],
  ])('%s', (_, run, dpuSeconds, cost) => {
    expect(dpuSecondsOf(run)).toBe(dpuSeconds);
    const actual = costOf(run, 0.44);
    if (cost === undefined) expect(actual).toBeUndefined();
    else expect(actual).toBeCloseTo(cost, 9);
  });

  test('a sum is not known when a part is not', () => {
    expect(sumOf([1, 2])).toBe(3);
    expect(sumOf([1, undefined, 2])).toBeUndefined();
  });
});

describe('what a failure means', () => {
  const transforms = ['repartition_date'];
  test.each([
    [
      "ModuleNotFoundError: No module named 'repartition_date'",
      /transform repartition_date is not where the job looks/,
      /^Run 'glue-transform publish'/,
    ],
    [
      "ModuleNotFoundError: No module named 'pandas_gbq.core'",
      /module pandas_gbq\.core is not in this version of Glue/,
      /--additional-python-modules.*if it is a transform, run 'glue-transform publish'/,
    ],
    [
      "AttributeError: 'DynamicFrame' object has no attribute 'repartition_date'",
      /not attached to DynamicFrame/,
      /s3:\/\/<bucket>\/transforms\/repartition_date\.py in '--extra-py-files'/,
    ],
    [
      "TypeError: repartition_date() got an unexpected keyword argument 'x'",
      /saved with another definition/,
      /save-jobs/,
    ],
    [
      "TypeError: repartition_date() missing 1 required positional argument: 'x'",
      /saved with another definition/,
      /save-jobs/,
    ],
    ["TypeError: other() missing 1 required positional argument: 'x'", /other is called with other parameters/, /log/],
    ['GlueArgumentError: the following arguments are required: --day', /asks for an argument/, /'arguments'/],
    [
      'An error occurred (AccessDenied) when calling the GetObject operation: Access Denied',
      /role of the job lacks/,
      /aws-glue-assets-\*/,
    ],
    [
      'User: arn:aws:sts::1:assumed-role/r is not authorized to perform: glue:GetTable',
      /role of the job lacks/,
      /role/,
    ],
    ['AnalysisException: Path does not exist: s3://b/k', /is not there/, /paths/],
    ['java.lang.OutOfMemoryError: Java heap space', /too little memory/, /workers/],
    ['Command failed with exit code 137', /too little memory/, /workers/],
    ['Exceeded maximum concurrent compute capacity', /no capacity/, /Service Quotas/],
    ['', /script of the job/, /log/],
  ])('%s', (message, cause, next) => {
    const advice = adviceOn({ message, transforms });
    expect(advice.cause).toMatch(cause);
    expect(advice.next).toMatch(next);
  });

  test('of a traceback the line with the error is told', () => {
    const traceback = 'Traceback (most recent call last):\n  File "x.py", line 1\n    f()\nValueError: no rows\n';
    expect(tellingLine(traceback)).toBe('ValueError: no rows');
    expect(tellingLine('first\nsecond')).toBe('first');
    // A progress bar goes back in its line.
    expect(tellingLine('10 %\r20 %\rOSError: full')).toBe('OSError: full');
    expect(tellingLine(' \n')).toBe('');
  });

  test('any message has an advice and one line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\r', '\n', 'Error: x')), { maxLength: 9 }),
        (parts) => {
          const message = parts.join('');
          expect(tellingLine(message)).not.toMatch(/[\r\n]/);
          expect(adviceOn({ message, transforms: [] }).next).not.toBe('');
        },
      ),
    );
  });
});

describe('verdicts', () => {
  const judged = (run: JobRun, more: object = {}) =>
    judge({ name: 'j', attempts: [{ Id: 'jr_1', ...run }], isOverdue: false, timeout: 60, transforms: [], ...more });
  test.each<[JobRun, object, string, string]>([
    [{ JobRunState: 'SUCCEEDED' }, {}, 'succeeded', 'The run jr_1 of the job j has succeeded'],
    [
      { JobRunState: 'FAILED', ErrorMessage: 'ValueError: x' },
      {},
      'failed',
      'The run jr_1 of the job j has failed: ValueError: x',
    ],
    [{ JobRunState: 'ERROR' }, {}, 'failed', 'The run jr_1 of the job j has failed (ERROR)'],
    [{ JobRunState: 'STOPPED' }, {}, 'stopped', 'The run jr_1 of the job j was stopped by somebody else'],
    [
      { JobRunState: 'STOPPED' },
      { isOverdue: true },
      'timed-out',
      'The run jr_1 of the job j was still going on after 1 minute and was stopped',
    ],
    [
      { JobRunState: 'TIMEOUT', Timeout: 5 },
      {},
      'timed-out',
      'The run jr_1 of the job j took longer than Glue allows it (5 minutes)',
    ],
    [
      { JobRunState: 'EXPIRED' },
      {},
      'expired',
      'The run jr_1 of the job j was not begun: it waited in the queue for too long',
    ],
  ])('%j %j', (run, more, status, what) => {
    expect(judged(run, more)).toMatchObject({ status, what });
    expect(judged(run, more).advice === undefined).toBe(status === 'succeeded');
  });

  test('of several attempts the last decides', () => {
    const failed: JobRun = { Id: 'jr_1', JobRunState: 'FAILED' };
    expect(judged({}, { attempts: [failed, { Id: 'jr_2', JobRunState: 'SUCCEEDED' }] }).status).toBe('succeeded');
    expect(judged({}, { attempts: [failed, { Id: 'jr_2', JobRunState: 'FAILED', ErrorMessage: 'x' }] }).what).toBe(
      'The run jr_2 of the job j has failed in all 2 attempts, at last: x',
    );
  });
});

describe('where to look', () => {
  const ran = {
    job: {},
    name: 'my job',
    run: { Id: 'jr_1' },
    arguments: {},
    region: 'eu-west-1',
    partition: partitionOf('eu-west-1'),
  };
  test('the log of a Spark job', () => {
    expect(placesOf(ran)).toEqual({
      group: '/aws-glue/jobs/error',
      stream: 'jr_1',
      command: 'aws logs tail /aws-glue/jobs/error --log-stream-name-prefix jr_1 --since 1d --region eu-west-1',
      logPage:
        'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws-glue$252Fjobs$252Ferror/log-events/jr_1',
      runPage: 'https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/job/my%20job/run/jr_1',
    });
  });

  test.each([
    [{ job: { Command: { Name: 'pythonshell' } } }, '/aws-glue/python-jobs/error'],
    [{ run: { Id: 'jr_1', LogGroupName: '/aws-glue/jobs-role-secure/' } }, '/aws-glue/jobs-role-secure/error'],
    [{ job: { DefaultArguments: { '--custom-logGroup-prefix': '/team' } } }, '/team/error'],
    [{ arguments: { '--custom-logGroup-prefix': '/mine/' } }, '/mine/error'],
  ])('%j', (more, group) => {
    expect(placesOf({ ...ran, ...more }).group).toBe(group);
  });

  test('streams with names of their own, and a partition whose console is not known', () => {
    const places = placesOf({
      ...ran,
      region: 'us-iso-east-1',
      partition: partitionOf('us-iso-east-1'),
      arguments: { '--custom-logStream-prefix': 'x' },
    });
    expect(places).toMatchObject({ stream: undefined, logPage: undefined, runPage: undefined });
    expect(places.command).toBe('aws logs tail /aws-glue/jobs/error --since 1d --region us-iso-east-1');
  });

  test('text from outside is one word of the command', () => {
    const { command } = placesOf({ ...ran, arguments: { '--custom-logGroup-prefix': "/a'; rm -rf ~" } });
    expect(command).toContain(`tail '/a'\\''; rm -rf ~/error' --log`);
  });
});

test('a report has no markup from a message', () => {
  const run: JobRun = { Id: 'jr_1', JobRunState: 'FAILED', ErrorMessage: '<img src=x> @team **x** | y' };
  const verdict = judge({ name: 'j', attempts: [run], isOverdue: false, timeout: 1, transforms: [] });
  const places = placesOf({
    job: {},
    name: 'j',
    run,
    arguments: {},
    region: 'eu-west-1',
    partition: partitionOf('eu-west-1'),
  });
  const report = reportOf({ name: 'j', attempts: [run], isOverdue: false, verdict, places, price: 0.44 });
  expect(report).not.toMatch(/<img|@team|\*\*x/);
  expect(report).toContain('### Job run failed');
});

describe('the job itself', () => {
  const wishes = { arguments: {}, workers: undefined };
  test.each<[Job, object, RegExp]>([
    [{ Command: { Name: 'gluestreaming' } }, {}, /is a streaming job.*no end to wait for.*start-job-run/],
    [{ NonOverridableArguments: { '--day': '1' } }, { arguments: { '--day': '2' } }, /fixed value for --day/],
    [{ MaxCapacity: 1 }, { workers: 4 }, /has no worker type, so that it cannot have 4 workers/],
  ])('%j with %j is refused', (job, more, message) => {
    expect(() => checkJob('j', job, { ...wishes, ...more })).toThrow(message);
  });

  test('another is taken', () => {
    expect(checkJob('j', { WorkerType: 'G.1X' }, { arguments: { '--day': '2' }, workers: 4 })).toBeUndefined();
  });

  test('its transforms are those in the folder of Glue Studio, by library and by node', () => {
    const job = {
      DefaultArguments: {
        '--extra-py-files': 's3://b/transforms/one.py, s3://b/lib/other.zip,s3://b/transforms/deep/x.py',
      },
      CodeGenConfigurationNodes: {
        a: { DynamicTransform: { Path: 's3://b/transforms/two.json' } },
        b: { DynamicTransform: { Path: 's3://b/transforms/one.py' } },
        c: {},
      },
    } as unknown as Job;
    const own = (name: string, isLibrary: boolean) => ({ name, bucket: 'b', key: `transforms/${name}.py`, isLibrary });
    expect(transformsOf(job, {})).toEqual([own('one', true), own('two', false)]);
    expect(transformsOf(job, { '--extra-py-files': 's3://b/transforms/two.py' })).toEqual([
      own('two', true),
      own('one', false),
    ]);
  });
});
