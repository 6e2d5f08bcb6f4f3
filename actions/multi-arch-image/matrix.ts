import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { PLATFORMS_INPUT, platformsOf } from './image-inputs.ts';

const INPUTS = {
  platforms: PLATFORMS_INPUT,
  runners: input.map({
    description:
      "Runner of each platform, as a YAML map such as 'linux/arm64: self-hosted, arm64'. Several labels stand with commas between. 'default' is for all others. Without an entry, GitHub's hosted runner of that architecture.",
  }),
} as const;

const OUTPUTS = {
  matrix: 'JSON for `strategy: matrix:`: an `include` with `platform`, `slug` and `runner` for each platform.',
  platforms: 'The platforms in their canonical form, with blanks between.',
} as const;

/** `multi-arch-image matrix`: from the one list of platforms to the jobs of a GitHub workflow. */
export default defineOperation({
  name: 'multi-arch-image matrix',
  kind: 'query',
  summary: 'Turn the list of platforms and their runners into the matrix of a GitHub workflow.',
  inputs: INPUTS,
  outputs: OUTPUTS,
  usesAws: false,
  permissions: [],
  read: async ({ inputs }: Context<typeof INPUTS>) => {
    const { legsOf } = await import('./runners.ts');
    const legs = legsOf(platformsOf(inputs.platforms), inputs.runners);
    return {
      summary: legs.map(({ platform, runner }) => `${platform} on ${[runner].flat().join(', ')}`).join('; '),
      outputs: {
        matrix: JSON.stringify({ include: legs }),
        platforms: legs.map(({ platform }) => platform).join(' '),
      },
    };
  },
});
