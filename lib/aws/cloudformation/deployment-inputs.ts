import { type InputSpecs, input } from '../../operation/inputs.ts';

/** ARN of an IAM role. Source: "IAM identifiers", IAM User Guide. */
export const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

/** The inputs of every operation that deploys a template. */
export const DEPLOYMENT_INPUTS = {
  parameters: input.map({
    description:
      "Values of the template's parameters as a YAML map. What is not given takes the default of the template.",
  }),
  tags: input.map({
    description: 'Tags of the stack and its resources, as a YAML map, besides those that say whose it is.',
  }),
  capabilities: input.list({
    description: 'What the template may do: CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND, one a line.',
    default: 'CAPABILITY_IAM',
  }),
  'stack-role-arn': input.string({
    description: 'Role that CloudFormation uses for the resources, so that the job needs no permission for them.',
    pattern: ROLE_ARN,
    form: "a role ARN such as 'arn:aws:iam::111122223333:role/cloudformation'",
  }),
  'assets-bucket': input.string({
    description: 'Bucket in this account for code and large templates. Without it, the bucket of `stack bootstrap`.',
    pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    form: 'a bucket name without dots',
  }),
  bootstrap: input.boolean({
    description: 'Make the bucket for code and large templates when this account and Region have none.',
    default: 'false',
  }),
  timeout: input.duration({
    description: 'How long CloudFormation may take. After it the operation fails.',
    default: '60m',
  }),
} as const satisfies InputSpecs;
