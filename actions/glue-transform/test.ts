import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { TEST_INPUTS, TEST_OUTPUTS } from './test/inputs.ts';

export type TestContext = Context<typeof TEST_INPUTS>;

/** `glue-transform test`: runs the team's tests of transforms on Spark in local mode, with a stand-in for awsglue. */
export default defineOperation({
  name: 'glue-transform test',
  kind: 'work',
  summary: "Run the team's tests of visual transforms on Spark, with the Python and the Spark of each Glue version.",
  inputs: TEST_INPUTS,
  outputs: TEST_OUTPUTS,
  usesAws: false,
  permissions: [],
  prepare: async (context: TestContext) => (await import('./test/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./test/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, results) => (await import('./test/hooks.ts')).confirm(context, prepared, results),
});
