import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { REPOSITORY_INPUTS } from '../repository-inputs.ts';

/** Source: CodeArtifact API reference, PublishPackageVersion. */
const NAME = { pattern: /^[^#/\s]{1,255}$/, form: "1 to 255 characters without '#', '/' and spaces" } as const;

export const PUBLISH_INPUTS = {
  ...REPOSITORY_INPUTS,
  files: input.paths({
    description:
      'Files and folders with packages, one a line. What each file is, and its name and version, are read from inside it: wheels and source distributions, npm tarballs, Maven artefacts with their POM, crates.',
    default: 'dist',
  }),
  'generic-package': input.string({
    description: 'Publish the files as they are, as assets of the generic package with this name.',
    ...NAME,
  }),
  'generic-version': input.string({ description: 'Version of the generic package.', ...NAME }),
  'generic-namespace': input.string({ description: 'Namespace of the generic package, if it has one.', ...NAME }),
  mode: input.choice({
    description:
      "'primary-first': replicas only after the first Region is complete, so that none is ever ahead of it. 'all-at-once': all Regions at the same time.",
    options: ['primary-first', 'all-at-once'],
    default: 'primary-first',
  }),
  quorum: input.integer({
    description: 'How many Regions must be complete for success. Without it, all of them.',
    min: 1,
    max: 50,
  }),
  'on-failure': input.choice({
    description:
      "What becomes of versions that this run made, when it fails: 'keep' them for the next run, which goes on from there; 'unlist' or 'delete' them in every Region.",
    options: ['keep', 'unlist', 'delete'],
    default: 'keep',
  }),
  'npm-tag': input.string({
    description: "dist-tag of npm packages. Without it, 'latest', where the version is a release and the newest.",
    pattern: /^[A-Za-z][A-Za-z0-9._-]{0,127}$/,
    form: "a word such as 'next', which does not begin with a digit",
  }),
  parallel: input.integer({
    description: 'How many packages are published at the same time in each Region, from 1 to 20.',
    default: '4',
    min: 1,
    max: 20,
  }),
} as const satisfies InputSpecs;

export const PUBLISH_OUTPUTS = {
  status:
    "'published'; 'nothing' when all Regions had everything already; 'partly' when enough Regions are complete, but not all; 'planned'.",
  versions: 'How many package versions the files make.',
  published: 'How many assets this run published, in all Regions together.',
  'complete-regions': 'Regions that have everything, separated by commas.',
  'incomplete-regions': 'Regions that lack something, separated by commas. Empty when there are none.',
} as const;
