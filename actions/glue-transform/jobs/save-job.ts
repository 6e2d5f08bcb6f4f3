import type { CodeGenConfigurationNode, DynamicTransform, Glue, Job, JobUpdate } from '@aws-sdk/client-glue';
import { isOf, LIBRARIES, librariesOf, parameterOf, pythonPath, type Sought } from './use.ts';

/** What became of a job that was to be saved again. */
export type SavedJob =
  | { readonly kind: 'saved' }
  /** It was left as it is: why. */
  | { readonly kind: 'left'; readonly why: string };

/**
 * Saves a visual job again with the definitions as they are now. UpdateJob replaces a job as a whole and knows no
 * condition; so the job is read right before, and left alone when it is no longer the one that was looked at. Whoever
 * saves it between these two calls is overwritten.
 *
 * Source: Glue API reference, "UpdateJob" ("The previous job definition is completely overwritten").
 *
 * @param modified when it was changed last, as it was looked at
 */
export async function saveJob(
  glue: Glue,
  name: string,
  sought: readonly Sought[],
  bucket: string,
  modified: number,
): Promise<SavedJob> {
  const job = await readJob(glue, name);
  if (job === undefined) return { kind: 'left', why: 'it is gone' };
  if (job.LastModifiedOn?.getTime() !== modified) {
    return { kind: 'left', why: 'somebody changed it in the meantime' };
  }
  const update = refreshed(job, sought, bucket);
  if ('needs' in update) return { kind: 'left', why: `it needs ${update.needs.join(', ')}` };
  await glue.updateJob({ JobName: name, JobUpdate: update });
  return { kind: 'saved' };
}

async function readJob(glue: Glue, name: string): Promise<Job | undefined> {
  try {
    return (await glue.getJob({ JobName: name })).Job;
  } catch (error) {
    if (error instanceof Error && error.name === 'EntityNotFoundException') return undefined;
    throw error;
  }
}

/**
 * The job with its nodes brought to the definitions, as UpdateJob takes it: values stay, parameters that are gone go,
 * new optional ones are empty. Pure.
 *
 * @returns `needs`: values that only a person can give
 */
export function refreshed(
  job: Job,
  sought: readonly Sought[],
  bucket: string,
): JobUpdate | { readonly needs: readonly string[] } {
  const needs: string[] = [];
  const libraries = [...librariesOf(job)];
  const nodes = Object.entries(job.CodeGenConfigurationNodes ?? {}).map(
    ([id, node]): [string, CodeGenConfigurationNode] => {
      const { DynamicTransform: own } = node;
      const transform = own && sought.find((one) => isOf(own, one, pythonPath(bucket, one.name)));
      if (own === undefined || transform === undefined) return [id, node];
      const path = pythonPath(bucket, transform.name);
      if (!libraries.includes(path)) libraries.push(path);
      return [id, { DynamicTransform: refreshedNode(own, transform, needs) } as CodeGenConfigurationNode];
    },
  );
  if (needs.length > 0) return { needs };
  return {
    ...updatable(job),
    DefaultArguments: { ...job.DefaultArguments, [LIBRARIES]: libraries.join(',') },
    CodeGenConfigurationNodes: Object.fromEntries(nodes),
  };
}

function refreshedNode(node: DynamicTransform, { definition }: Sought, needs: string[]): DynamicTransform {
  if (definition === undefined) return node;
  const values = new Map((node.Parameters ?? []).map(({ Name, Value, Type }) => [Name, { Value, Type }]));
  const parameters = definition.parameters.map((parameter) => {
    const wanted = parameterOf(parameter);
    const before = values.get(parameter.name);
    // A value of another type means something else.
    const value = before !== undefined && before.Type === wanted.Type ? before.Value : undefined;
    if (value === undefined && !parameter.isOptional) needs.push(`a value for the parameter ${parameter.name}`);
    return value === undefined ? wanted : { ...wanted, Value: value };
  });
  return { ...node, FunctionName: definition.functionName, Parameters: parameters };
}

/** What UpdateJob takes of what GetJob gives. Capacity is given in one way only. Source: Glue API reference, "JobUpdate". */
function updatable(job: Job): JobUpdate {
  const {
    Name: _name,
    CreatedOn: _created,
    LastModifiedOn: _modified,
    ProfileName: _profile,
    AutoUpgradeMetadata: _upgrade,
    AllocatedCapacity: _allocated,
    MaxCapacity: capacity,
    ...rest
  } = job;
  const isByWorkers = rest.WorkerType !== undefined || rest.NumberOfWorkers !== undefined;
  return isByWorkers || capacity === undefined ? rest : { ...rest, MaxCapacity: capacity };
}
