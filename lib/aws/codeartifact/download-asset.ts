import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperationFailed } from '../../errors.ts';
import { pauseAfter } from '../../net/retry.ts';
import type { Context } from '../../operation/define.ts';
import { shownVersion, type VersionId } from '../../packages/package.ts';
import { mayPass } from '../passing-failure.ts';
import type { RepositoryAccess } from './repository.ts';
import { packageParameters, type StoredAsset } from './version.ts';

/**
 * Downloads one asset into a file that only the user can read. It is streamed, and its size and SHA-256 are compared on
 * the way. A download that breaks off is begun anew.
 *
 * @throws OperationFailed when its content is not what the repository lists; errors of the API; the signal's reason
 */
export async function downloadAsset(
  { clock, signal, log }: Pick<Context, 'clock' | 'signal' | 'log'>,
  repository: RepositoryAccess,
  id: VersionId,
  asset: StoredAsset & { readonly name: string },
  file: string,
): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      return await download(repository, id, asset, file, signal);
    } catch (error) {
      signal.throwIfAborted();
      const pause = mayPass(error) ? pauseAfter(failures, clock.now()) : undefined;
      if (pause === undefined) throw error;
      log.debug(`${repository.region}: ${(error as Error).message}; again in ${pause} ms`);
      await clock.sleep(pause, signal);
    }
  }
}

async function download(
  repository: RepositoryAccess,
  id: VersionId,
  { name, sha256, size }: StoredAsset & { readonly name: string },
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const client = await repository.client();
  const { asset: body } = await client.getPackageVersionAsset(
    { ...repository.parameters, ...packageParameters(id), packageVersion: id.version, asset: name },
    { abortSignal: signal },
  );
  if (!(body instanceof Readable)) throw new Error('GetPackageVersionAsset answered without a stream');
  const hash = createHash('sha256');
  let received = 0;
  const differs = (found: string) =>
    new OperationFailed({
      what: `${name} of ${shownVersion(id)} comes from ${repository.region} with another ${found} than it is listed with`,
      cause: 'something on the way changes files, for example a proxy that looks into TLS',
      next: 'Look at the way to CodeArtifact, then run again',
    });
  const measured = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      received += chunk.length;
      // What is longer than it should be must not fill the disk.
      if (received > size) done(differs('size'));
      else done(null, chunk);
    },
  });
  await pipeline(body, measured, createWriteStream(file, { mode: 0o600 }), { signal });
  if (received !== size) throw differs('size');
  if (hash.digest('hex') !== sha256) throw differs('SHA-256');
}
