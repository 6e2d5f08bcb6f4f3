import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { downloadAsset } from '../../../lib/aws/codeartifact/download-asset.ts';
import type { RepositoryAccess } from '../../../lib/aws/codeartifact/repository.ts';
import { BadInput, OperationFailed } from '../../../lib/errors.ts';
import type { Context } from '../../../lib/operation/define.ts';
import { shownVersion, type VersionId, versionKey } from '../../../lib/packages/package.ts';
import { isSamePythonVersion } from '../../../lib/packages/python-version.ts';
import { readReleases } from '../../../lib/packages/read-releases.ts';
import type { Release } from '../../../lib/packages/release.ts';
import type { PlannedVersion } from './plan.ts';

type Assets = PlannedVersion['assets'];

/**
 * Downloads assets of a version into a private folder, reads what they are, and lets `work` publish it. The folder is
 * removed in any case, so that a worker holds the files of one version at a time.
 *
 * @throws OperationFailed when the files are refused or are not of this version; what `downloadAsset` and `work` throw
 */
export async function withDownloaded(
  context: Pick<Context, 'clock' | 'signal' | 'log'>,
  from: RepositoryAccess,
  id: VersionId,
  assets: Assets,
  work: (release: Release) => Promise<void>,
): Promise<void> {
  // Nothing to send: only the end of publishing is missing, or the status.
  if (assets.length === 0) return await work({ id, assets: [] });
  const folder = await mkdtemp(path.join(os.tmpdir(), `headgate-reconcile-${process.pid}-`));
  try {
    const files: string[] = [];
    for (const asset of assets) {
      const file = path.join(folder, plainName(id, asset.name));
      await downloadAsset(context, from, id, asset, file);
      files.push(file);
    }
    await work(await readRelease(folder, files, id, assets, context.signal));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A name comes from outside, and must not lead out of the folder. */
function plainName(id: VersionId, name: string): string {
  if (path.basename(name) === name && !/^\.{0,2}$/.test(name) && !name.includes('\0')) return name;
  throw refused(id, `${JSON.stringify(name)} is no name of a file`);
}

async function readRelease(
  folder: string,
  files: readonly string[],
  id: VersionId,
  assets: Assets,
  signal: AbortSignal,
): Promise<Release> {
  const { format, version, ...names } = id;
  try {
    const [release, second] = await readReleases(files, {
      workspace: folder,
      signal,
      // It is in a repository already.
      allowSnapshots: true,
      ...(format === 'generic' ? { generic: { ...names, version } } : {}),
    });
    if (release === undefined || second !== undefined || !isSame(release.id, id)) {
      throw refused(id, `they are of ${release === undefined ? 'nothing' : shownVersion(release.id)} by their content`);
    }
    const read = new Map(release.assets.map(({ name, sha256 }) => [name, sha256]));
    const other = assets.find(({ name, sha256 }) => read.get(name) !== sha256);
    if (other !== undefined || read.size !== assets.length) throw refused(id, 'they make other assets');
    return { ...release, id };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw refused(id, error.problems.map(({ message }) => message.replace(/^input '[^']*': /, '')).join('; '));
  }
}

/** Versions of Python can be written in several ways, and the repository keeps that of the upload. */
function isSame(read: VersionId, asked: VersionId): boolean {
  if (asked.format !== 'pypi') return versionKey(read) === versionKey(asked);
  return read.format === 'pypi' && read.name === asked.name && isSamePythonVersion(read.version, asked.version);
}

function refused(id: VersionId, why: string): OperationFailed {
  return new OperationFailed({
    what: `The files of ${shownVersion(id)} are not published again: ${why}`,
    cause: 'they were published by another tool, with a name or content that this version of Headgate refuses',
    next: 'Publish them with that tool in the other Regions, too',
  });
}
