import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { childEnvironment } from '../../engines/child-environment.ts';
import { findSpark } from '../../engines/spark/find.ts';
import { installSpark } from '../../engines/spark/install.ts';
import { measure, pairedRatio } from '../measure.ts';
import { headgate, type Scene } from './scene.ts';

/** Sessions take seconds each. */
const MAX_RUNS = 7;

const DEFINITION = {
  name: 'same_frame',
  displayName: 'Same frame',
  description: 'Gives the frame as it is.',
  functionName: 'same_frame',
  parameters: [],
};
const PYTHON = `from awsglue import DynamicFrame


def same_frame(self):
    return self


DynamicFrame.same_frame = same_frame
`;
const TEST = `import same_frame


def test_same_frame(glue_context):
    assert glue_context.spark_session.range(10).count() == 10
`;
/** The same work by PySpark alone. */
const FLOOR = `from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
assert spark.range(10).count() == 10
spark.stop()
`;

/** One test with a Spark session, beside a script that starts the same session. */
export async function benchStarting(scene: Scene, runs: number): Promise<void> {
  const rounds = Math.min(runs, MAX_RUNS);
  const found = await findSpark('5.1');
  if (!found.found) {
    console.log(`the start of a test session: left out, ${found.missing}\n`);
    return;
  }
  const { python, variables } = await installSpark(found);
  const folder = path.join(scene.directory, 'starting');
  await mkdir(path.join(folder, 'tests'), { recursive: true });
  await Promise.all([
    writeFile(path.join(folder, 'same_frame.json'), JSON.stringify(DEFINITION)),
    writeFile(path.join(folder, 'same_frame.py'), PYTHON),
    writeFile(path.join(folder, 'tests', 'test_same_frame.py'), TEST),
    writeFile(path.join(folder, 'floor.py'), FLOOR),
  ]);
  const { test, bare } = await measure(
    {
      test: headgate(scene, 'test', '--transforms=starting'),
      bare: { argv: [python, path.join(folder, 'floor.py')], env: childEnvironment(variables) },
    },
    rounds,
    1,
  );
  console.log(`one test with a Spark session; medians of ${rounds} runs in turn`);
  console.log(`  PySpark alone              ${bare.seconds.toFixed(2)} s`);
  console.log(`  headgate glue-transform test ${test.seconds.toFixed(2)} s, ${pairedRatio(test, bare).toFixed(2)} x`);
  console.log(`  more: ${(test.seconds - bare.seconds).toFixed(2)} s\n`);
}
