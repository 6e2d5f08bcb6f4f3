import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { ECR_READ_PERMISSIONS } from './permissions.ts';
import { TEST_INPUTS } from './test/inputs.ts';

export const TEST_OUTPUTS = {
  digest: 'Digest of the image that was tested.',
  image: 'Repository and digest.',
  platform: 'The platform, in its canonical form.',
  'exit-code': 'How the test ended: 0 passed, 124 not in time.',
  emulated: "'true' where the machine is of another architecture.",
  record: 'Path of the record for the jobs that follow.',
} as const;

export type TestContext = Context<typeof TEST_INPUTS>;

/** `multi-arch-image test`: runs a command inside exactly the image that was built, on its own architecture. */
export default defineOperation({
  name: 'multi-arch-image test',
  kind: 'work',
  summary: 'Run a test inside exactly the image that was built, on its own architecture.',
  inputs: TEST_INPUTS,
  outputs: TEST_OUTPUTS,
  usesAws: true,
  usesRegistry: true,
  permissions: ECR_READ_PERMISSIONS,
  prepare: async (context: TestContext) => (await import('./test/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./test/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, tested) => (await import('./test/hooks.ts')).confirm(context, prepared, tested),
  cleanup: async (state, context) => (await import('./test/hooks.ts')).cleanUp(state, context),
});
