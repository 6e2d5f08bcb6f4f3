import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Asset } from './model.ts';

/** The algorithms of an asset's hashes, as Node names them. */
const HASHES = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const;

/** Files of assets in a temporary directory, which is made with the first one and removed with the last. */
export class AssetFiles {
  #directory: string | undefined;

  /** Writes a stream into a file and hashes it on the way, so that memory does not grow with its size. */
  async write(content: AsyncIterable<Buffer>): Promise<Asset> {
    const file = join(this.#made(), randomUUID());
    const hashes = Object.entries(HASHES).map(([name, algorithm]) => [name, createHash(algorithm)] as const);
    let size = 0;
    const handle = await open(file, 'wx', 0o600);
    try {
      for await (const chunk of content) {
        for (const [, hash] of hashes) hash.update(chunk);
        await handle.appendFile(chunk);
        size += chunk.length;
      }
    } catch (error) {
      await unlink(file).catch(() => {});
      throw error;
    } finally {
      await handle.close();
    }
    const digests = hashes.map(([name, hash]) => [name, hash.digest('hex')]);
    return { size, file, hashes: Object.fromEntries(digests) as Asset['hashes'] };
  }

  /** Removes the file of an asset that nothing holds. */
  async discard({ file }: Asset): Promise<void> {
    await unlink(file).catch(() => {});
  }

  /** Removes all files. */
  clear(): void {
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
  }

  #made(): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'headgate-codeartifact-'));
    mkdirSync(this.#directory, { recursive: true });
    return this.#directory;
  }
}
