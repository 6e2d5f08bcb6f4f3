import { REGION, REGION_FORM } from '../aws/region.ts';
import type { Operation } from './define.ts';
import { type InputSpecs, input } from './inputs.ts';

const AWS_INPUTS = {
  region: input.string({
    description: 'AWS Region. Without it, AWS_REGION or AWS_DEFAULT_REGION of the job counts.',
    pattern: REGION,
    form: REGION_FORM,
  }),
  'role-to-assume': input.string({
    description:
      'ARN of an IAM role. With an identity token of the host (OIDC) it is assumed with that; otherwise with the credentials of the job.',
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
    form: "a role ARN such as 'arn:aws:iam::111122223333:role/deploy'",
  }),
  'allowed-account-ids': input.list({
    description: 'Account ids, one a line. Any other account is refused before anything is read or changed.',
  }),
} as const satisfies InputSpecs;

const HOST_API_INPUTS = {
  comment: input.boolean({
    description: 'Keep one comment with the report up to date on the pull or merge request of the branch.',
    default: 'true',
  }),
} as const satisfies InputSpecs;

const CHANGE_INPUTS = {
  'dry-run': input.choice({
    description:
      "'offline' plans from what can be read at no cost; 'preview' also makes a real preview, such as a change set, and removes it. Both change nothing that lasts.",
    options: ['no', 'offline', 'preview'],
    default: 'no',
  }),
  'plan-file': input.path({ description: 'Write the plan to this file, as JSON.' }),
  'apply-plan': input.path({
    description:
      'Carry out exactly the plan in this file, and refuse when what it was made from has changed. Give the same inputs as for the plan.',
  }),
} as const satisfies InputSpecs;

/** The inputs that the frame adds to an operation's own, according to its kind. */
export type FrameInputs = typeof AWS_INPUTS & typeof HOST_API_INPUTS & typeof CHANGE_INPUTS;

/** All inputs of an operation: its own first, then the frame's. */
export function allInputs(operation: Operation): InputSpecs {
  return {
    ...operation.inputs,
    ...(operation.kind === 'change' ? CHANGE_INPUTS : {}),
    ...(operation.usesHostApi === true ? HOST_API_INPUTS : {}),
    ...(operation.usesAws ? AWS_INPUTS : {}),
  };
}

/** All outputs of an operation: its own and the path of the result file. */
export function allOutputs(operation: Operation): Readonly<Record<string, string>> {
  return { ...operation.outputs, 'result-file': 'Path of a JSON file with the whole result.' };
}
