import { TARGET_INPUTS } from '../../lib/aws/targets.ts';
import { reasonFrom } from '../../lib/naming/error.ts';
import { repositoryIdOf } from '../../lib/naming/repository.ts';
import { type InputSpecs, input } from '../../lib/operation/inputs.ts';

/** Where transforms are, and whose they are: of publishing and of retiring. */
export const PLACE_INPUTS = {
  ...TARGET_INPUTS,
  bucket: input.string({
    description:
      'The bucket of each account and Region; {account} and {region} stand for them. Glue Studio looks into that of the default only.',
    default: 'aws-glue-assets-{account}-{region}',
    pattern: /^[a-z0-9{}.-]{3,80}$/,
    form: "the name of a bucket, for example 'aws-glue-assets-{account}-{region}'",
  }),
  repository: input.string({
    description:
      "The repository that the transforms belong to, for example 'github.com/octo-org/shop'. Without it, the repository of the run.",
    check: reasonFrom(repositoryIdOf),
  }),
} as const satisfies InputSpecs;
