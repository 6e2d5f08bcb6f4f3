import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { PLACE_INPUTS } from '../place-inputs.ts';

export const PUBLISH_INPUTS = {
  transforms: input.paths({
    description:
      'Definitions (JSON) with the Python file of the same name beside each, and folders with them, one a line.',
    default: 'transforms',
  }),
  ...PLACE_INPUTS,
  'keep-versions': input.integer({
    description: 'How many versions of each transform are kept in the bucket, the newest included, from 1 to 100.',
    default: '10',
    min: 1,
    max: 100,
  }),
  'to-version': input.map({
    description:
      "Bring transforms back to a version that is kept in the bucket, in place of publishing files: 'name: version', one a line, or 'name: previous'.",
  }),
  'save-jobs': input.boolean({
    description:
      'Save the visual jobs again that were saved with another definition, unless they need a value that only a person can give.',
    default: 'false',
  }),
  adopt: input.boolean({
    description: 'Replace transforms that were uploaded by hand or by another repository, and keep them from now on.',
    default: 'false',
  }),
} as const satisfies InputSpecs;

export const PUBLISH_OUTPUTS = {
  status: "'published'; 'unchanged' when every bucket had everything already; 'planned' for a dry run.",
  transforms: 'How many transforms there are.',
  published: 'How many were written, counted in each account and Region.',
  'older-jobs': 'How many jobs were saved with another definition and must be saved again.',
  'saved-jobs': 'How many jobs this run saved again.',
} as const;
