import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { GLUE_VERSIONS } from '../../../actions/glue-transform/transforms/facts/glue-versions.ts';
import { readTransforms } from '../../../actions/glue-transform/transforms/read.ts';
import { runTests } from '../../actions/glue-transform/test/run-tests.ts';
import { requires } from '../../support/requires.ts';

// The two transforms of the stack: our own check, and their tests on Spark through `glue-transform test`.

const STACK = fileURLToPath(new URL('../../../stacks/glue-transform/', import.meta.url));
const NAMES = ['repartition_date', 'salesdata_generator'];
const REQUEST = { workspace: STACK, paths: ['transforms'], glueVersions: GLUE_VERSIONS };
const java = requires('java', 'Spark runs on it');

/** The files of the stack, as a workspace has them. */
function files(): Readonly<Record<string, string>> {
  const found = globSync('transforms/**/*.{json,py}', { cwd: STACK });
  return Object.fromEntries(found.map((file) => [file, readFileSync(path.join(STACK, file), 'utf8')]));
}

test('check finds nothing, for any Glue version', async () => {
  const { transforms, findings } = await readTransforms(REQUEST);
  expect(findings).toEqual([]);
  expect(transforms.map(({ name }) => name)).toEqual(NAMES);
});

test('the definitions keep the names that jobs were saved with', async () => {
  const { transforms } = await readTransforms(REQUEST);
  const parameters = transforms.map(({ definition }) =>
    definition.parameters.map(({ name, type, isOptional }) => `${name}: ${type}${isOptional ? '?' : ''}`),
  );
  expect(parameters).toEqual([
    ['dateCol: str', 'partitionCols: str?', 'numPartitionsExpected: int?'],
    ['numSamples: int', 'year: int?', 'seed: int?'],
  ]);
});

java.test(
  'each promise has a test, and all of them pass on Spark',
  async () => {
    const run = await runTests(files());
    expect(run.annotations).toEqual([]);
    expect(run.outputs).toMatchObject({ status: 'passed', transforms: '2', untested: '0', failed: '0', skipped: '0' });
    expect(Number(run.outputs.tests)).toBeGreaterThan(100);
    expect(run.exitCode).toBe(0);
  },
  600_000,
);
