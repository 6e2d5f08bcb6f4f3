import { REGION, REGION_FORM } from '../../../lib/aws/region.ts';
import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { SELECTION_INPUTS } from '../comparison/selection.ts';
import { REPOSITORY_INPUTS } from '../repository-inputs.ts';

export const RECONCILE_INPUTS = {
  ...REPOSITORY_INPUTS,
  ...SELECTION_INPUTS,
  from: input.string({
    description:
      "The Region that is whole, and that the others become equal to. Without it, the first one ('region'). Versions that only others have are told and kept: if there are any, this one may be lagging itself.",
    pattern: REGION,
    form: REGION_FORM,
  }),
  parallel: input.integer({
    description:
      'How many packages are healed at the same time, and how many calls compare them in each Region, from 1 to 20.',
    default: '4',
    min: 1,
    max: 20,
  }),
} as const satisfies InputSpecs;

export const RECONCILE_OUTPUTS = {
  status:
    "'healed', 'nothing' or 'planned'; 'conflicts' where a Region has something else under the same version, 'partly' when something could not be healed. With the last two the step fails, unless it was a dry run.",
  versions: 'How many versions were healed; one that was healed in two Regions counts twice.',
  assets: 'How many assets were published, in all Regions together.',
  regions: 'Regions in which something was healed, separated by commas.',
} as const;
