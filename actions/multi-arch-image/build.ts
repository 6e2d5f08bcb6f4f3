import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { BUILD_INPUTS } from './build/inputs.ts';
import { ECR_BUILD_PERMISSIONS } from './permissions.ts';

export const BUILD_OUTPUTS = {
  digest: 'Digest of the image of this platform.',
  image: 'Repository and digest.',
  platform: 'The platform, in its canonical form.',
  record: 'Path of the record for the jobs that follow.',
} as const;

export type BuildContext = Context<typeof BUILD_INPUTS>;

/** `multi-arch-image build`: builds one platform and pushes it by digest, without a tag. */
export default defineOperation({
  name: 'multi-arch-image build',
  kind: 'work',
  summary: 'Build the image of one platform and push it by digest, without a tag.',
  inputs: BUILD_INPUTS,
  outputs: BUILD_OUTPUTS,
  usesAws: true,
  usesRegistry: true,
  permissions: ECR_BUILD_PERMISSIONS,
  prepare: async (context: BuildContext) => (await import('./build/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./build/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, built) => (await import('./build/hooks.ts')).confirm(context, prepared, built),
  cleanup: async (state, context) => (await import('./build/hooks.ts')).cleanUp(state, context),
});
