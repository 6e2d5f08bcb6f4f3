import { SOURCE_REPOSITORY_INPUT } from '../../../lib/branches/source-repository.ts';
import { input } from '../../../lib/operation/inputs.ts';
import { isDigest } from '../../../lib/registry/digest.ts';
import { COPY_TO_INPUT, IMAGE_INPUTS, PLATFORMS_INPUT, RECORDS_INPUT } from '../image-inputs.ts';

export const VERIFY_INPUTS = {
  ...IMAGE_INPUTS,
  platforms: PLATFORMS_INPUT,
  'allow-more': input.boolean({
    description: 'Take an image that has further platforms, too.',
    default: 'false',
  }),
  tags: input.list({
    description:
      "The tags that must point at the image, one a line, with the same placeholders as 'assemble' has. A tag with a placeholder that has no value in a run is left out.",
    default: '{branch}\n{version}',
  }),
  'copy-to': COPY_TO_INPUT,
  'expected-digest': input.string({
    description:
      "Digest of the index that the tags must point at, as 'assemble' gave it. Without it, all tags must point at the same one.",
    check: (text) => (isDigest(text) ? undefined : "is not a digest; write 'sha256:' and 64 hexadecimal digits"),
  }),
  records: RECORDS_INPUT,
  'allow-untested': input.boolean({
    description: 'Take images that no test record names. A failed test is a problem all the same.',
    default: 'false',
  }),
  repository: SOURCE_REPOSITORY_INPUT,
} as const;
