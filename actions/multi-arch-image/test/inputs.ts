import { input } from '../../../lib/operation/inputs.ts';
import { isDigest } from '../../../lib/registry/digest.ts';
import { IMAGE_INPUTS, PLATFORM_INPUT, RECORDS_INPUT } from '../image-inputs.ts';
import { TOOL_INPUTS } from '../tool-inputs.ts';

export const TEST_INPUTS = {
  ...IMAGE_INPUTS,
  platform: PLATFORM_INPUT,
  records: RECORDS_INPUT,
  digest: input.string({
    description:
      'Digest of the image to test. Without it, the one that the record of the build of this platform names.',
    check: (text) => (isDigest(text) ? undefined : "is not a digest; write 'sha256:' and 64 hexadecimal digits"),
  }),
  command: input.list({
    description:
      'The test, one word a line: program and arguments, run in the image in place of its entrypoint and without a shell. It passes when it ends with 0.',
  }),
  environment: input.map({
    description: 'Variables for the test, as a map. No secrets: they are readable on the runner.',
  }),
  mount: input.path({ description: 'Folder of the checkout that the test finds in `/workspace`, read-only.' }),
  user: input.string({
    description: "User that runs the test. Without it, the image's own.",
    pattern: /^[A-Za-z0-9_][\w.-]*(:[A-Za-z0-9_][\w.-]*)?$/,
    form: "a name or a number, with a group if needed, for example '65532:65532'",
  }),
  timeout: input.duration({
    description: 'Time for the test. After it the test is ended, and its record says 124, as timeout(1) does.',
    default: '15m',
  }),
  'allow-emulation': input.boolean({
    description:
      'Test also where the machine is of another architecture and emulates this one; the record says so. An emulated test can pass where the real processor fails.',
    default: 'false',
  }),
  ...TOOL_INPUTS,
} as const;
