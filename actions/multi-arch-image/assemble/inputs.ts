import { SOURCE_REPOSITORY_INPUT } from '../../../lib/branches/source-repository.ts';
import { input } from '../../../lib/operation/inputs.ts';
import { COPY_TO_INPUT, IMAGE_INPUTS, PLATFORMS_INPUT, RECORDS_INPUT } from '../image-inputs.ts';

export const ASSEMBLE_INPUTS = {
  ...IMAGE_INPUTS,
  platforms: PLATFORMS_INPUT,
  records: RECORDS_INPUT,
  tags: input.list({
    description:
      'The tags to move, one a line. `{branch}` is the tag of the branch, `{commit}` 12 digits of the commit; `{version}`, `{major}` and `{minor}` come from a git tag such as v1.2.3 (a pre-release has only `{version}`, and `+` becomes `_`); `{latest}` is `latest` on the default branch. A tag with a placeholder that has no value in a run is left out.',
    default: '{branch}\n{version}',
  }),
  'copy-to': COPY_TO_INPUT,
  annotations: input.map({
    description: 'Annotations of the index, as a YAML map, besides the source and the revision.',
  }),
  sources: input.list({
    description:
      "In place of the records of 'build': the images, one a line, as 'linux/arm64=sha256:…' or 'linux/arm64=ghcr.io/acme/shop-arm@sha256:…'. Without the platform, the configuration of the image tells it.",
  }),
  'allow-untested': input.boolean({
    description: 'Take images that no test record names. A failed test is refused all the same.',
    default: 'false',
  }),
  'check-binaries': input.boolean({
    description:
      "Also read the program that each image starts, and refuse one of another architecture. It reads layers, as far as that takes; 'verify' always does it.",
    default: 'false',
  }),
  repository: SOURCE_REPOSITORY_INPUT,
  parallel: input.integer({
    description: 'How many requests run at the same time, for each repository.',
    min: 1,
    max: 32,
    default: '8',
  }),
} as const;
