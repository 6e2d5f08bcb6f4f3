import { OperationFailed, Refused } from '../../../lib/errors.ts';
import { explainWorkgroupError, isConflict } from './service-error.ts';
import { waitForWorkgroup } from './wait.ts';
import { describeWorkgroup, type WorkgroupContext, type WorkgroupFacts } from './workgroup.ts';

/** Tells a workgroup that `prepare` has made. A later version must find it: the names are frozen. */
const MADE_BY = 'headgate:made-by';
const MADE_BY_US = 'warehouse-benchmark';
const REPOSITORY = 'headgate:repository';
/** Written by CloudFormation. Source: CloudFormation user guide, "Resource tag". */
const STACK = 'aws:cloudformation:stack-name';

/** Milliseconds after which a deletion that conflicts with something under way is tried again. */
const CONFLICT_PAUSE = 10_000;

/** The tags of a workgroup that we make. They are no ownership of a branch: a workgroup serves a whole repository. */
export function workgroupTags(maker: {
  /** `github.com/owner/name`; undefined where no repository is known. */
  readonly repository: string | undefined;
  readonly version: string;
}): Readonly<Record<string, string>> {
  return {
    [MADE_BY]: MADE_BY_US,
    ...(maker.repository === undefined ? {} : { [REPOSITORY]: maker.repository }),
    'headgate:version': maker.version,
  };
}

/**
 * Deletes a workgroup that `prepare` has made, and waits until it is gone; its namespace with the databases stays. One that
 * is gone already is no error.
 *
 * @param timeout milliseconds
 * @throws Refused for any other workgroup; OperationFailed when it is not gone in time
 */
export async function deleteWorkgroup(
  context: WorkgroupContext,
  name: string,
  timeout: number,
): Promise<'deleted' | 'gone'> {
  const { aws, clock, log, signal } = context;
  const until = clock.now().getTime() + timeout;
  const left = () => Math.max(until - clock.now().getTime(), 0);
  const serverless = await aws.redshiftServerless();
  const found = await describeWorkgroup(aws, name, signal);
  if (found === undefined) return 'gone';
  checkOurs(name, await tagsOf(context, found));
  for (;;) {
    try {
      const there = await describeWorkgroup(aws, name, signal);
      if (there === undefined) return 'gone';
      // Another one of the same name is not the one whose tags were read.
      if (there.arn !== found.arn) throw replaced(name);
      if (there.status !== 'DELETING')
        await serverless.deleteWorkgroup({ workgroupName: name }, { abortSignal: signal });
      log.info(`The workgroup ${name} is being deleted.`);
      break;
    } catch (error) {
      if (!isConflict(error) || left() === 0) {
        throw explainWorkgroupError(error, `The workgroup '${name}' could not be deleted`);
      }
      await clock.sleep(Math.min(CONFLICT_PAUSE, left()), signal);
    }
  }
  await waitForWorkgroup(context, name, { until: 'gone', timeout: left() });
  return 'deleted';
}

/** @throws Refused when a workgroup is not one that `prepare` has made */
export function checkOurs(name: string, tags: Readonly<Record<string, string>>): void {
  const stack = tags[STACK];
  if (stack !== undefined) {
    throw new Refused({
      what: `The workgroup '${name}' belongs to the stack ${stack}; it is not deleted`,
      cause: 'a stack whose workgroup is gone cannot be updated any more',
      next: `Delete the stack: 'headgate stack destroy --stack-name ${stack}'`,
      data: { workgroup: name, stack },
    });
  }
  if (tags[MADE_BY] === MADE_BY_US) return;
  throw new Refused({
    what: `The workgroup '${name}' has no tag ${MADE_BY} with the value '${MADE_BY_US}'; it is not deleted`,
    cause: "it was made by hand or by another tool, not by 'warehouse-benchmark prepare'",
    next: "Delete it yourself if nobody needs it, or give 'keep' or 'restore' for what becomes of it",
    data: { workgroup: name },
  });
}

async function tagsOf(
  { aws, signal }: WorkgroupContext,
  { name, arn }: WorkgroupFacts,
): Promise<Readonly<Record<string, string>>> {
  const serverless = await aws.redshiftServerless();
  try {
    const { tags = [] } = await serverless.listTagsForResource({ resourceArn: arn }, { abortSignal: signal });
    return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
  } catch (error) {
    throw explainWorkgroupError(error, `The tags of the workgroup '${name}' could not be read`);
  }
}

function replaced(name: string): OperationFailed {
  return new OperationFailed({
    what: `The workgroup '${name}' was deleted and made anew in the meantime; it is not deleted`,
    next: 'Run again if the new one is to be deleted, too',
  });
}
