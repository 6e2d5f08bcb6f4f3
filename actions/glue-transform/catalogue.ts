import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { CATALOGUE_INPUTS, CATALOGUE_OUTPUTS } from './catalogue/inputs.ts';

export type CatalogueContext = Context<typeof CATALOGUE_INPUTS>;

/** `glue-transform catalogue`: one page about all transforms of a team. */
export default defineOperation({
  name: 'glue-transform catalogue',
  kind: 'query',
  summary: "Write one page about a team's visual transforms and their parameters, in Markdown and HTML.",
  inputs: CATALOGUE_INPUTS,
  outputs: CATALOGUE_OUTPUTS,
  usesAws: false,
  permissions: [],
  read: async (context: CatalogueContext) => (await import('./catalogue/hooks.ts')).read(context),
});
