import type { Aws } from '../../lib/aws/clients.ts';
import { partitionOf } from '../../lib/aws/partition.ts';
import { REGION } from '../../lib/aws/region.ts';
import { BadInput, type InputProblem } from '../../lib/errors.ts';
import { quote } from '../../lib/operation/inputs.ts';

/** One of the Regions that have the repository. */
export interface RepositoryRegion {
  readonly region: string;
  readonly aws: Aws;
}

/**
 * The Regions of a repository: the primary one, which is that of `aws`, then the replicas in their order. Makes no call.
 *
 * @throws BadInput naming every replica that is no Region, is the primary, is named twice or is in another partition,
 * where no credentials of this one hold; and when the primary is not known
 */
export function regionsOf(aws: Aws, replicas: readonly string[]): readonly RepositoryRegion[] {
  const primary = aws.hasRegion ? aws.region : undefined;
  const problems = replicas.flatMap((region, index) => {
    const wrong = wrongWith(region, primary, replicas.slice(0, index));
    return wrong === undefined ? [] : [problem('replicas', `${quote(region)} ${wrong}`)];
  });
  if (primary === undefined) problems.push(problem('region', 'is required: give it, or set AWS_REGION for the job'));
  if (problems.length > 0) throw new BadInput(problems);
  return [{ region: aws.region, aws }, ...replicas.map((region) => ({ region, aws: aws.at({ region }) }))];
}

function wrongWith(region: string, primary: string | undefined, before: readonly string[]): string | undefined {
  if (!REGION.test(region)) return "is not a Region; write for example 'eu-central-1'";
  if (before.includes(region)) return 'is named twice';
  if (primary === undefined) return undefined;
  if (region === primary) return "is the primary Region ('region') already; name only the others";
  if (partitionOf(region).id !== partitionOf(primary).id) {
    return `is in another partition than ${primary}; an account is in one partition only`;
  }
  return undefined;
}

function problem(name: string, message: string): InputProblem {
  return { input: name, message: `input '${name}': ${message}` };
}
