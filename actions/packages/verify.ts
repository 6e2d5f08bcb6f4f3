import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { VERIFY_PERMISSIONS } from './permissions.ts';
import { VERIFY_INPUTS, VERIFY_OUTPUTS } from './verify/inputs.ts';

export type VerifyContext = Context<typeof VERIFY_INPUTS>;

/** `packages verify`: whether all Regions have the same packages, file by file. Changes nothing. */
export default defineOperation({
  name: 'packages verify',
  kind: 'query',
  summary: 'Check that a CodeArtifact repository holds the same packages, file by file, in all Regions.',
  inputs: VERIFY_INPUTS,
  outputs: VERIFY_OUTPUTS,
  usesAws: true,
  permissions: VERIFY_PERMISSIONS,
  read: async (context: VerifyContext) => (await import('./verify/hooks.ts')).read(context),
});
