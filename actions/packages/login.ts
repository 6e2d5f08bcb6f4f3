import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { LOGIN_INPUTS } from './login/inputs.ts';
import { LOGIN_PERMISSIONS } from './permissions.ts';

export const LOGIN_OUTPUTS = {
  region: 'The nearest Region that answers, which the tools use first.',
  'expires-at': 'When the first of the tokens ends, in ISO 8601.',
  files: "The files that were written, separated by ':'.",
  'endpoint-pip': 'Index of the Python packages in that Region, without the login.',
  'endpoint-npm': 'Registry of the npm packages in that Region.',
  'endpoint-maven': 'Address of the Maven repository in that Region.',
  'endpoint-cargo': 'Address of the cargo registry in that Region.',
} as const;

export type LoginContext = Context<typeof LOGIN_INPUTS>;

/**
 * `packages login`: lets package managers use a CodeArtifact repository, in the nearest Region that is healthy. In a job
 * the login ends with the job. At the terminal it stays until its tokens end, or until it is removed.
 */
export default defineOperation({
  name: 'packages login',
  kind: 'work',
  summary: 'Log pip, npm, Maven and cargo in to a CodeArtifact repository, in the nearest Region that answers.',
  inputs: LOGIN_INPUTS,
  outputs: LOGIN_OUTPUTS,
  usesAws: true,
  permissions: LOGIN_PERMISSIONS,
  prepare: async (context: LoginContext) => (await import('./login/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./login/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, executed) =>
    (await import('./login/hooks.ts')).confirm(context, prepared, executed),
  cleanup: async (state, context) => (await import('./login/hooks.ts')).cleanUp(state, context),
});
