import { openRepository, type RepositoryAccess } from '../../../lib/aws/codeartifact/repository.ts';
import type { PublishContext } from '../publish.ts';
import { regionsOf } from '../regions.ts';
import { repositoryNameOf } from '../repository-inputs.ts';

/** A Region with its repository. */
export interface Site {
  readonly region: string;
  readonly repository: RepositoryAccess;
}

/** The repositories that the inputs name, the primary first. Makes no call. */
export function sitesOf(context: PublishContext): readonly Site[] {
  const name = repositoryNameOf(context.inputs);
  return regionsOf(context.aws, context.inputs.replicas).map(({ region, aws }) => ({
    region,
    repository: openRepository(aws, name, context.clock),
  }));
}
