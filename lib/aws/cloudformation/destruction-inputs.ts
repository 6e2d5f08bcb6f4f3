import { type InputSpecs, type Inputs, input } from '../../operation/inputs.ts';

/** The inputs that say whether what holds a deletion by its content is emptied first. Scenarios differ in the default. */
export function emptyingInputs(byDefault: 'true' | 'false') {
  return {
    'empty-buckets': input.boolean({
      description:
        'Delete all objects and versions of the buckets that go with the stack. Without it a bucket with objects holds the deletion.',
      default: byDefault,
    }),
    'empty-repositories': input.boolean({
      description:
        'Delete all images of the ECR repositories that go with the stack. Without it a repository with images holds the deletion, unless the template has `EmptyOnDelete`.',
      default: byDefault,
    }),
  } as const satisfies InputSpecs;
}

/** The inputs that leave behind what cannot be deleted, so that the stack goes all the same. */
export const LEAVING_INPUTS = {
  retain: input.list({
    description:
      'Logical ids of resources, one a line, that are left behind when they cannot be deleted. What is in their buckets and repositories stays.',
    // Source: "Resources", AWS CloudFormation User Guide: a logical id is alphanumeric.
    check: (logicalId) =>
      /^[A-Za-z0-9]{1,255}$/.test(logicalId)
        ? undefined
        : 'is not a logical id; write letters and digits, as in the template, one a line',
  }),
  force: input.boolean({
    description:
      'When the deletion failed, delete the stack all the same and leave behind what could not be deleted. The report lists it; it goes on costing.',
    default: 'false',
  }),
} as const satisfies InputSpecs;

type DestructionInputs = Inputs<ReturnType<typeof emptyingInputs> & typeof LEAVING_INPUTS>;

/** These inputs as `planDestruction` and `destroyStack` take them. */
export function destructionOf(inputs: DestructionInputs) {
  return {
    emptyBuckets: inputs['empty-buckets'],
    emptyRepositories: inputs['empty-repositories'],
    retain: inputs.retain,
    force: inputs.force,
  };
}

/** The output that goes with `LEAVING_INPUTS`. */
export const LEFT_BEHIND_OUTPUT =
  "How many resources 'retain' or 'force' left behind; the report and the result file name them.";
