import { SOURCE_REPOSITORY_INPUT } from '../../../lib/branches/source-repository.ts';
import { checkBranchName } from '../../../lib/naming/ref.ts';
import { input } from '../../../lib/operation/inputs.ts';
import { COPY_TO_INPUT, IMAGE_INPUTS } from '../image-inputs.ts';

export const CLEAN_INPUTS = {
  ...IMAGE_INPUTS,
  'copy-to': COPY_TO_INPUT,
  repository: SOURCE_REPOSITORY_INPUT,
  branches: input.boolean({
    description: 'Remove the tags of branches that are gone.',
    default: 'true',
  }),
  branch: input.string({
    description:
      'Remove only what belongs to this branch, whether it exists or not. Without it: the branch of the event, if the event is its deletion and it is really gone; otherwise everything that is due.',
    check: (text) => {
      const checked = checkBranchName(text);
      return checked.ok ? undefined : `is not a branch name: ${checked.reason}`;
    },
  }),
  protected: input.list({
    description: 'Patterns of branches whose tags are never removed, one a line, besides the default branch.',
    default: 'main\nmaster',
  }),
  'default-branch': input.string({
    description: 'The default branch, where the host does not tell it. Its tags are never removed.',
  }),
  untagged: input.boolean({
    description:
      "Remove images that no tag and no index needs. An image that is used only by its digest needs a tag, or it is taken for one of them. Amazon ECR and, in a job of GitHub, ghcr.io list all of them; in other registries those are found that belonged to what is removed, and the registry's own garbage collection takes the rest.",
    default: 'true',
  }),
  'older-than': input.duration({
    description:
      'Images without a tag stay for this long after they were pushed: a job may be about to assemble them. Only Amazon ECR and ghcr.io tell the time.',
    default: '7d',
  }),
  keep: input.list({
    description:
      "Patterns of tags, one a line, that are never removed, though their branch is gone. Tags that 'assemble' did not make for a branch are never removed anyway.",
  }),
  'max-deletions': input.integer({
    description: 'When more tags and images than this were to be removed, nothing is.',
    default: '500',
    min: 1,
    max: 10_000,
  }),
  parallel: input.integer({
    description: 'How many requests are made at the same time.',
    default: '8',
    min: 1,
    max: 32,
  }),
} as const;

export const CLEAN_OUTPUTS = {
  'deleted-tags': 'How many tags were removed, or would be in a dry run.',
  'deleted-manifests': 'How many images and indexes were removed, or would be in a dry run.',
  kept: 'How many tags were kept.',
  status: "'cleaned', 'nothing', 'planned' or 'skipped'.",
} as const;
