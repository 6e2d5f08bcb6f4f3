import type { CodeGenConfigurationNode, DynamicTransform, Job } from '@aws-sdk/client-glue';
import { expect, test } from '@jest/globals';
import { refreshed } from '../../../../actions/glue-transform/jobs/save-job.ts';
import { type Sought, usesIn } from '../../../../actions/glue-transform/jobs/use.ts';
import type { Parameter } from '../../../../actions/glue-transform/transforms/transform.ts';

const BUCKET = 'aws-glue-assets-111122223333-eu-west-1';
const PATH = `s3://${BUCKET}/transforms/repartition_date.py`;

const parameter = (name: string, more: Partial<Parameter> = {}): Parameter => ({
  name,
  displayName: name,
  type: 'str',
  isOptional: false,
  description: undefined,
  validation: undefined,
  listOptions: undefined,
  listType: undefined,
  ...more,
});

const sought = (parameters: readonly Parameter[], functionName = 'repartition_date'): Sought => ({
  name: 'repartition_date',
  definition: { displayName: 'Repartition by date', functionName, parameters },
});

const job = (node: Partial<DynamicTransform> | undefined, more: Partial<Job> = {}): Job => ({
  Name: 'sales',
  Role: 'arn:aws:iam::111122223333:role/glue',
  DefaultArguments: { '--extra-py-files': PATH, '--job-language': 'python' },
  ...(node === undefined
    ? {}
    : {
        CodeGenConfigurationNodes: {
          'node-1': { SparkSQL: { Name: 'sql', Inputs: ['a'], SqlQuery: 'select 1', SqlAliases: [] } },
          'node-2': {
            DynamicTransform: {
              Name: 'Repartition',
              TransformName: 'repartition_date',
              Inputs: ['node-1'],
              FunctionName: 'repartition_date',
              Path: PATH,
              Parameters: [{ Name: 'dateCol', Type: 'str', Value: ['sale_date'] }],
              ...node,
            },
          } as CodeGenConfigurationNode,
        },
      }),
  ...more,
});

const DATE = parameter('dateCol');

test('a job that was saved with this definition is current', () => {
  expect(usesIn(job({}), [sought([DATE])], BUCKET)).toEqual([
    { job: 'sales', transform: 'repartition_date', state: 'current', reasons: [] },
  ]);
});

test.each<[string, Sought, Job, string]>([
  ['a new parameter', sought([DATE, parameter('more')]), job({}), 'lacks the parameter more'],
  ['a parameter that is gone', sought([]), job({}), 'has the parameter dateCol, which is gone'],
  [
    'another type',
    sought([parameter('dateCol', { type: 'int' })]),
    job({}),
    'has the parameter dateCol as it was before',
  ],
  [
    'optional now',
    sought([parameter('dateCol', { isOptional: true })]),
    job({}),
    'has the parameter dateCol as it was before',
  ],
  [
    'another rule',
    sought([parameter('dateCol', { validation: { rule: '^a$', message: 'a' } })]),
    job({}),
    'has the parameter dateCol as it was before',
  ],
  ['another function', sought([DATE], 'other'), job({}), 'calls repartition_date, not other'],
  [
    'a library that is missing',
    sought([DATE]),
    job({}, { DefaultArguments: {} }),
    `--extra-py-files does not have ${PATH}`,
  ],
])('older: %s', (_, wanted, saved, reason) => {
  expect(usesIn(saved, [wanted], BUCKET)).toMatchObject([{ state: 'older', reasons: [reason] }]);
});

test('a script with only the Python file in its path runs the new one by itself', () => {
  const script = job(undefined, { DefaultArguments: { '--extra-py-files': `s3://other/lib.py, ${PATH}` } });
  expect(usesIn(script, [sought([DATE])], BUCKET)).toMatchObject([{ state: 'library' }]);
});

test.each<[string, Job]>([
  ['no node and no library', job(undefined, { DefaultArguments: {} })],
  [
    'a node of the same name from another bucket',
    job({ Path: PATH.replace(BUCKET, 'other') }, { DefaultArguments: {} }),
  ],
  ['no arguments at all', { Name: 'empty' }],
])('no use: %s', (_, other) => {
  expect(usesIn(other, [sought([DATE])], BUCKET)).toEqual([]);
});

test.each(['repartition_date', 'Repartition by date'])('a node without a file is known by its name: %s', (name) => {
  expect(usesIn(job({ Path: '', TransformName: name }), [sought([DATE])], BUCKET)).toMatchObject([
    { state: 'current' },
  ]);
});

test('saving again keeps values and everything that is none of the transform', () => {
  const before = job(
    {},
    { MaxRetries: 1, WorkerType: 'G.1X', NumberOfWorkers: 4, MaxCapacity: 4, AllocatedCapacity: 4 },
  );
  const wanted = sought([parameter('more', { isOptional: true }), parameter('dateCol', { isOptional: true })]);
  const update = refreshed(before, [wanted], BUCKET);
  expect(update).toEqual({
    Role: before.Role,
    MaxRetries: 1,
    WorkerType: 'G.1X',
    NumberOfWorkers: 4,
    DefaultArguments: before.DefaultArguments,
    CodeGenConfigurationNodes: {
      'node-1': before.CodeGenConfigurationNodes?.['node-1'],
      'node-2': {
        DynamicTransform: {
          Name: 'Repartition',
          TransformName: 'repartition_date',
          Inputs: ['node-1'],
          FunctionName: 'repartition_date',
          Path: PATH,
          Parameters: [
            { Name: 'more', Type: 'str', IsOptional: true },
            { Name: 'dateCol', Type: 'str', IsOptional: true, Value: ['sale_date'] },
          ],
        },
      },
    },
  });
  expect(usesIn({ Name: 'sales', ...update } as Job, [wanted], BUCKET)).toMatchObject([{ state: 'current' }]);
});

test('a library that was missing is added to the others', () => {
  const update = refreshed(
    job({}, { DefaultArguments: { '--extra-py-files': 's3://other/lib.py' } }),
    [sought([DATE])],
    BUCKET,
  );
  expect(update).toMatchObject({ DefaultArguments: { '--extra-py-files': `s3://other/lib.py,${PATH}` } });
});

test('what only a person can give is asked for', () => {
  const wanted = sought([DATE, parameter('more'), parameter('count', { type: 'int' })]);
  expect(refreshed(job({}), [wanted], BUCKET)).toEqual({
    needs: ['a value for the parameter more', 'a value for the parameter count'],
  });
});

test('a job whose capacity is given by itself keeps it', () => {
  const update = refreshed(job({}, { MaxCapacity: 0.0625, AllocatedCapacity: 0 }), [sought([DATE])], BUCKET);
  expect(update).toMatchObject({ MaxCapacity: 0.0625 });
  expect(update).not.toHaveProperty('AllocatedCapacity');
});
