import type { RepositoryName } from '../../lib/aws/codeartifact/repository.ts';
import { type InputSpecs, type Inputs, input } from '../../lib/operation/inputs.ts';

/** The inputs that say which repository is meant, in which Regions. The first Region is the frame's `region`. */
export const REPOSITORY_INPUTS = {
  domain: input.string({
    description: 'The CodeArtifact domain. It has the same name in all Regions.',
    required: true,
    pattern: /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/,
    form: "2 to 50 small letters, digits and '-', beginning with a letter and not ending with '-'",
  }),
  'domain-owner': input.string({
    description: 'Account that owns the domain, where it is not the account of the job.',
    pattern: /^\d{12}$/,
    form: 'an account id of twelve digits',
  }),
  repository: input.string({
    description: 'The repository in the domain. It has the same name in all Regions.',
    required: true,
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/,
    form: "2 to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit",
  }),
  replicas: input.list({
    description: 'Further Regions that have the same domain and repository, one a line.',
  }),
} as const satisfies InputSpecs;

export function repositoryNameOf(
  inputs: Pick<Inputs<typeof REPOSITORY_INPUTS>, 'domain' | 'domain-owner' | 'repository'>,
): RepositoryName {
  return { domain: inputs.domain, domainOwner: inputs['domain-owner'], repository: inputs.repository };
}
