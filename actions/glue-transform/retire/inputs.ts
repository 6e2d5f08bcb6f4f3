import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { PLACE_INPUTS } from '../place-inputs.ts';

/** Names of transforms are identifiers. Source: Glue user guide, "Create a JSON config file". */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

export const RETIRE_INPUTS = {
  names: input.list({
    description: 'Names of the transforms, one a line.',
    check: (name) =>
      NAME.test(name) ? undefined : "is not the name of a transform; write for example 'repartition_date'",
  }),
  ...PLACE_INPUTS,
  force: input.boolean({
    description: 'Remove a transform although jobs use it; they fail at their next run.',
    default: 'false',
  }),
  'any-owner': input.boolean({
    description: 'Remove also transforms that were uploaded by hand or by another repository.',
    default: 'false',
  }),
} as const satisfies InputSpecs;

export const RETIRE_OUTPUTS = {
  status: "'retired'; 'unchanged' when there was none of them anywhere; 'planned' for a dry run.",
  retired: 'How many were removed, counted in each account and Region.',
  'jobs-in-use': 'How many jobs use one of them.',
} as const;
