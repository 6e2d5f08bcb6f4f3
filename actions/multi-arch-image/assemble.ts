import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { ASSEMBLE_INPUTS } from './assemble/inputs.ts';
import {
  ECR_MUTABILITY_PERMISSION,
  ECR_READ_PERMISSIONS,
  ECR_TAKE_BACK_PERMISSION,
  ECR_WRITE_PERMISSIONS,
} from './permissions.ts';

export const ASSEMBLE_OUTPUTS = {
  digest: 'Digest of the index.',
  image: 'The index by its digest, `repository@sha256:…`.',
  tags: 'The tags, with blanks between.',
  platforms: 'The platforms, with blanks between.',
  status: "'moved', 'unchanged' (all tags pointed there already), 'planned' or 'skipped'.",
} as const;

export type AssembleContext = Context<typeof ASSEMBLE_INPUTS>;

/** `multi-arch-image assemble`: one index of tested images, and all tags moved to it, everywhere or nowhere. */
export default defineOperation({
  name: 'multi-arch-image assemble',
  kind: 'change',
  summary: 'Put the tested images of all platforms into one index, and move the tags to it: all of them, or none.',
  inputs: ASSEMBLE_INPUTS,
  outputs: ASSEMBLE_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  usesRegistry: true,
  permissions: [...ECR_READ_PERMISSIONS, ...ECR_WRITE_PERMISSIONS, ECR_MUTABILITY_PERMISSION, ECR_TAKE_BACK_PERMISSION],
  plan: async (context: AssembleContext) => (await import('./assemble/hooks.ts')).plan(context),
  describe: async (plan) => (await import('./assemble/hooks.ts')).describe(plan),
  apply: async (context, plan) => (await import('./assemble/hooks.ts')).apply(context, plan),
  confirm: async (context, plan) => (await import('./assemble/hooks.ts')).confirm(context, plan),
});
