import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { masterOf, unitsOf, WORKER_TYPE_NAMES } from '../../local-aws/glue/capacity.ts';
import { readJob, settingsOf } from '../../local-aws/glue/job.ts';
import { addresses, commandLine, mergeArguments, notes, readAddress } from '../../local-aws/glue/job-arguments.ts';
import { failureOf } from '../../local-aws/glue/traceback.ts';

const GET_JOB = {
  Job: { Name: 'sales', Role: 'glue', Command: { Name: 'glueetl', ScriptLocation: 's3://bucket/job.py' } },
};

test('the master has the threads of all workers but the driver, and at most 16', () => {
  const master = (workerType: string, numberOfWorkers: number) => masterOf({ workerType, numberOfWorkers });
  // Five workers of G.1X are the 4 × 4 of the scenario's article.
  expect(master('G.1X', 5)).toBe('local[16]');
  expect(master('G.1X', 2)).toBe('local[4]');
  expect(master('G.2X', 2)).toBe('local[8]');
  expect(master('G.025X', 2)).toBe('local[2]');
  expect(master('G.8X', 10)).toBe('local[16]');
  expect(master('G.1X', 1)).toBe('local[1]');
  expect(masterOf({ maxCapacity: 3 })).toBe('local[8]');
  expect(masterOf({})).toBe('local[4]');
});

test('the master always has from 1 to 16 threads', () => {
  const capacity = fc.record({ workerType: fc.constantFrom(...WORKER_TYPE_NAMES), numberOfWorkers: fc.nat(1000) });
  fc.assert(
    fc.property(capacity, (each) => {
      const threads = Number(/^local\[(\d+)\]$/.exec(masterOf(each))![1]);
      expect(threads).toBeGreaterThanOrEqual(1);
      expect(threads).toBeLessThanOrEqual(16);
    }),
  );
});

test('data processing units are those of the workers', () => {
  expect(unitsOf({ workerType: 'G.2X', numberOfWorkers: 5 })).toBe(10);
  expect(unitsOf({ workerType: 'G.025X', numberOfWorkers: 4 })).toBe(1);
  expect(unitsOf({ maxCapacity: 0.0625 })).toBe(0.0625);
});

test('a capacity of the run stands for all of the one of the job', () => {
  const job = { workerType: 'G.1X', numberOfWorkers: 10 };
  expect(settingsOf(job, {})).toMatchObject({ ...job, maxCapacity: undefined, timeoutMinutes: 2880, isQueued: false });
  expect(settingsOf(job, { numberOfWorkers: 2 })).toMatchObject({ workerType: 'G.1X', numberOfWorkers: 2 });
  expect(settingsOf(job, { maxCapacity: 4 })).toMatchObject({
    workerType: undefined,
    numberOfWorkers: undefined,
    maxCapacity: 4,
  });
  expect(settingsOf({ maxCapacity: 4 }, job)).toMatchObject({ ...job, maxCapacity: undefined });
});

test('a job that says little has the defaults of the service', () => {
  expect(readJob(GET_JOB)).toMatchObject({ glueVersion: '5.1', maxRetries: 0, maxConcurrentRuns: 1, arguments: {} });
});

test('arguments: of the job, of the run, and those that no run changes; Spark scripts are told their name', () => {
  const job = { ...readJob(GET_JOB), arguments: { '--a': '1', '--b': '1' }, fixedArguments: { '--b': '3' } };
  const merged = mergeArguments(job, { '--a': '2', '--b': '2' });
  expect(merged).toEqual({ '--a': '2', '--b': '3' });
  expect(commandLine(job, 'jr_1', merged)).toEqual([
    '--JOB_NAME',
    'sales',
    '--JOB_RUN_ID',
    'jr_1',
    '--a',
    '2',
    '--b',
    '3',
  ]);
  expect(commandLine({ ...job, commandName: 'pythonshell' }, 'jr_1', merged)).toEqual(['--a', '2', '--b', '3']);
});

test('files are listed with commas between them', () => {
  const listed = addresses({ '--extra-py-files': 's3://b/a.py, s3://b/c.zip,' }, '--extra-py-files');
  expect(listed).toEqual(['s3://b/a.py', 's3://b/c.zip']);
  expect(addresses({}, '--extra-py-files')).toEqual([]);
  expect(readAddress('s3://bucket/folder/a.py')).toEqual({ bucket: 'bucket', key: 'folder/a.py', name: 'a.py' });
  for (const wrong of ['s3://bucket', 's3://bucket/', 's3://bucket/folder/', 'https://bucket/a.py', 's3://bucket/..']) {
    expect(() => readAddress(wrong)).toThrow(`'${wrong}' is not the address of an object in S3`);
  }
});

test('what does nothing here is told', () => {
  expect(notes({ '--additional-python-modules': 'pandas==2', '--other': 'x' })).toEqual([
    'The local AWS does nothing about --additional-python-modules pandas==2.',
  ]);
});

test('a failure is the exception of the last traceback, by the name of its class', () => {
  const frame = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f(\n      1)\n';
  expect(failureOf(`${frame}ValueError: no: such.year\n`, 1)).toBe('ValueError: no: such.year');
  expect(failureOf(`${frame}KeyError: 'a'\n\nDuring handling:\n\n${frame}boto3.a.B: x\nmore\n`, 1)).toBe('B: x');
  const spark = "pyspark.errors.exceptions.captured.AnalysisException: [UNRESOLVED_COLUMN] `a`;\n'Project\n";
  expect(failureOf(`WARN x\n${frame}${spark}`, 1)).toBe('AnalysisException: [UNRESOLVED_COLUMN] `a`;');
  expect(failureOf(`${frame}KeyboardInterrupt`, 130)).toBe('KeyboardInterrupt');
  expect(failureOf('no traceback', 137)).toBe('Command failed with exit code 137');
  expect(failureOf('Traceback (most recent call last):\n  File', 1)).toBe('Command failed with exit code 1');
});
