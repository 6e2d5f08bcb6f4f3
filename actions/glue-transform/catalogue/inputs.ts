import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';

export const CATALOGUE_INPUTS = {
  transforms: input.paths({
    description: "Folders, or single definitions, as 'glue-transform check' takes them.",
    default: 'transforms',
  }),
  output: input.path({
    description: "Folder for 'catalogue.md' and 'catalogue.html'. It is made when it is missing.",
    default: '.headgate/glue-transform/catalogue',
  }),
  title: input.string({
    description: 'Heading of the page.',
    default: 'Visual transforms',
    check: (text) => (text.length > 200 ? 'is too long; write at most 200 characters' : undefined),
  }),
} as const satisfies InputSpecs;

export const CATALOGUE_OUTPUTS = {
  transforms: 'How many transforms the page has.',
  markdown: 'Path of the page as Markdown.',
  html: 'Path of the page as HTML.',
} as const;
