import type { DeployContext } from './deploy.ts';
import type { Subject } from './subject.ts';

/** Records the state of the branch's environment where the host keeps such records; a refusal is only a note. */
export async function recordDeployment(
  { host, log }: DeployContext,
  { subject, commit }: { readonly subject: Subject; readonly commit: string | undefined },
  state: 'in-progress' | 'success' | 'failure',
  url?: string,
): Promise<void> {
  const result = await host.deployment({
    environment: subject.stackName,
    state,
    branch: subject.branch,
    ...(commit === undefined ? {} : { commit }),
    ...(url === undefined ? {} : { url }),
  });
  if (!result.done) log.debug(`No deployment record: ${result.note}`);
}
