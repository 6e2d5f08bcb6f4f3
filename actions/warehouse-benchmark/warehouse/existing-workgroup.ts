import { OperationFailed } from '../../../lib/errors.ts';
import { describeWorkgroup, type WorkgroupContext, type WorkgroupFacts } from './workgroup.ts';

/** A workgroup that must be there. @throws OperationFailed when it is not */
export async function existingWorkgroup({ aws, signal }: WorkgroupContext, name: string): Promise<WorkgroupFacts> {
  const found = await describeWorkgroup(aws, name, signal);
  if (found !== undefined) return found;
  throw new OperationFailed({
    what: `There is no workgroup '${name}' in ${aws.region}`,
    cause: 'it was not made yet, or is in another Region or account',
    next: "Run 'headgate warehouse-benchmark prepare' first, or check 'workgroup' and 'region'",
  });
}
