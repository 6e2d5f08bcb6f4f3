import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { badInput } from '../../../lib/errors.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';

/**
 * What an image says about where it comes from. The same commit gives the same, so `created` is there only for a
 * reproducible build. Source: image-spec, annotations.md, "Pre-Defined Annotation Keys".
 */
export function originOf(
  { serverHost, repositoryPath, commit }: Pick<Surroundings, 'serverHost' | 'repositoryPath' | 'commit'>,
  epoch: number | undefined,
): Readonly<Record<string, string>> {
  return {
    ...(serverHost === undefined || repositoryPath === undefined
      ? {}
      : { 'org.opencontainers.image.source': `https://${serverHost}/${repositoryPath}` }),
    ...(commit === undefined ? {} : { 'org.opencontainers.image.revision': commit }),
    ...(epoch === undefined
      ? {}
      : { 'org.opencontainers.image.created': new Date(epoch * 1000).toISOString().replace('.000Z', 'Z') }),
  };
}

/** Seconds of the year 9999, the last that RFC 3339 can write. */
const LAST_EPOCH = 253_402_300_799;

/**
 * The time for a reproducible build, in seconds since 1970: what SOURCE_DATE_EPOCH says, otherwise the commit's.
 * Source: reproducible-builds.org, "SOURCE_DATE_EPOCH".
 *
 * @throws BadInput when neither is there
 */
export async function sourceDateEpoch(workspace: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const given = environment.SOURCE_DATE_EPOCH;
  if (given !== undefined && given !== '') {
    const epoch = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN;
    if (epoch <= LAST_EPOCH) return epoch;
    throw badInput('reproducible', 'SOURCE_DATE_EPOCH of the job is not a number of seconds since 1970');
  }
  try {
    const { stdout } = await promisify(execFile)('git', ['log', '-1', '--no-show-signature', '--format=%ct'], {
      cwd: workspace,
    });
    const epoch = Number.parseInt(stdout, 10);
    if (epoch >= 0) return epoch;
  } catch {
    // The message below is true for every reason why git does not answer.
  }
  throw badInput(
    'reproducible',
    'needs the time of the commit, and git does not tell it here; check the repository out, or set SOURCE_DATE_EPOCH',
  );
}
