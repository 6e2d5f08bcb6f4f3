import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { SELECTION_INPUTS } from '../comparison/selection.ts';
import { REPOSITORY_INPUTS } from '../repository-inputs.ts';

export const VERIFY_INPUTS = {
  ...REPOSITORY_INPUTS,
  ...SELECTION_INPUTS,
  parallel: input.integer({
    description: 'How many calls are made at the same time in each Region, from 1 to 20.',
    default: '8',
    min: 1,
    max: 20,
  }),
} as const satisfies InputSpecs;

export const VERIFY_OUTPUTS = {
  status: "'equal' or 'differs'. With 'differs' the step fails.",
  versions: 'How many package versions were compared.',
  findings: 'How many differences there are.',
  regions: 'Regions that could be read to the end, separated by commas.',
} as const;
