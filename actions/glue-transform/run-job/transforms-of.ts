import type { Job } from '@aws-sdk/client-glue';
import { LIBRARIES, librariesOf } from '../jobs/use.ts';
import type { Arguments } from './arguments.ts';

/** The Python file of a transform that a job uses. */
export interface UsedTransform {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** Whether the job has the file in its path. A node of a visual job alone does not bring it there. */
  readonly isLibrary: boolean;
}

/** Where Glue Studio keeps transforms. */
const TRANSFORM = /^s3:\/\/([^/]+)\/(transforms\/([^/]+)\.py)$/;

/** The transforms that a run uses, by the libraries of the job and the nodes of a visual one. Pure. */
export function transformsOf(job: Job, given: Arguments): readonly UsedTransform[] {
  const own = given[LIBRARIES];
  const libraries = librariesOf(own === undefined ? job : { DefaultArguments: { [LIBRARIES]: own } });
  const nodes = Object.values(job.CodeGenConfigurationNodes ?? {}).flatMap(
    ({ DynamicTransform: node }) => node?.Path?.replace(/\.json$/, '.py') ?? [],
  );
  return [...new Set([...libraries, ...nodes])].flatMap((path) => {
    const [, bucket, key, name] = TRANSFORM.exec(path) ?? [];
    if (bucket === undefined || key === undefined || name === undefined) return [];
    return [{ name, bucket, key, isLibrary: libraries.includes(path) }];
  });
}
