import { mayPass as mayPassProtocol } from '../../lib/aws/codeartifact/protocols/session.ts';
import type { RepositoryAccess } from '../../lib/aws/codeartifact/repository.ts';
import { isMissing } from '../../lib/aws/codeartifact/version.ts';
import { explainAwsError } from '../../lib/aws/explain.ts';
import { mayPass } from '../../lib/aws/passing-failure.ts';
import { type Explanation, errorMessage, HeadgateError } from '../../lib/errors.ts';

/** Whether a Region that failed like this is down for the moment, as opposed to wrongly set up. */
export function isDown(error: unknown): boolean {
  return mayPassProtocol(error) || (mayPass(error) && !isUnknownHost(error));
}

/** What it means that the repository of a Region could not be read. */
export function explainUnread({ region, name }: RepositoryAccess, error: unknown): Explanation {
  if (isUnknownHost(error)) {
    return {
      what: `${region}: the service has no address there (${errorMessage(error)})`,
      cause: 'CodeArtifact is not offered in this Region, or names cannot be resolved on this machine',
      next: "Choose a Region that has CodeArtifact ('AWS General Reference', CodeArtifact endpoints)",
    };
  }
  if (isMissing(error, 'domain', 'repository')) {
    const owner = name.domainOwner === undefined ? '' : ` of account ${name.domainOwner}`;
    return {
      what: `${region}: there is no repository ${name.domain}/${name.repository}${owner} (${errorMessage(error)})`,
      cause: 'it was not made in this Region, or it is of another account',
      next: "Deploy the stack of 'stacks/packages' there, or correct 'domain', 'domain-owner', 'repository' and 'replicas'",
    };
  }
  const explained = error instanceof HeadgateError ? error.explanation : explainAwsError(error);
  return { ...explained, what: `${region}: ${explained.what}` };
}

/** A name that does not exist. Others that cannot be resolved for the moment (EAI_AGAIN) may pass. */
function isUnknownHost(error: unknown): boolean {
  return error instanceof Error && ('code' in error ? error.code === 'ENOTFOUND' : false);
}
