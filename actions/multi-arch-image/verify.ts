import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { ECR_CHECK_LAYERS_PERMISSION, ECR_READ_PERMISSIONS } from './permissions.ts';
import { VERIFY_INPUTS } from './verify/inputs.ts';

export const VERIFY_OUTPUTS = {
  digest: 'Digest of the index.',
  image: 'The index by its digest, `repository@sha256:…`.',
  platforms: 'The platforms that it has, with blanks between.',
  status: "'verified' or 'skipped'. Anything else is a failure.",
} as const;

export type VerifyContext = Context<typeof VERIFY_INPUTS>;

/** `multi-arch-image verify`: looks whether tags, index and images are what they should be. Changes nothing. */
export default defineOperation({
  name: 'multi-arch-image verify',
  kind: 'query',
  summary:
    'Check that the tags point at one index, that it has the platforms it should have, and that each image is tested and really made for its platform.',
  inputs: VERIFY_INPUTS,
  outputs: VERIFY_OUTPUTS,
  usesAws: true,
  usesRegistry: true,
  permissions: [...ECR_READ_PERMISSIONS, ECR_CHECK_LAYERS_PERMISSION],
  read: async (context: VerifyContext) => (await import('./verify/hooks.ts')).read(context),
});
