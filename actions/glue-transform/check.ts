import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { CHECK_INPUTS, CHECK_OUTPUTS } from './check/inputs.ts';

export type CheckContext = Context<typeof CHECK_INPUTS>;

/** `glue-transform check`: whether definitions and Python files are right, and agree with each other. */
export default defineOperation({
  name: 'glue-transform check',
  kind: 'query',
  summary: 'Check visual transforms of Glue Studio: definition, Python file, and whether the two agree.',
  inputs: CHECK_INPUTS,
  outputs: CHECK_OUTPUTS,
  usesAws: false,
  permissions: [],
  read: async (context: CheckContext) => (await import('./check/hooks.ts')).read(context),
});
