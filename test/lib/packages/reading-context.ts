import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { BadInput } from '../../../lib/errors.ts';
import { type ReadReleasesOptions, readReleases } from '../../../lib/packages/read-releases.ts';
import type { Release, ReleaseAsset } from '../../../lib/packages/release.ts';

type Options = Partial<Omit<ReadReleasesOptions, 'workspace' | 'signal'>>;

/** A temporary folder for each test, which is its workspace too. */
export class ReadingContext {
  directory = '';

  constructor() {
    beforeEach(() => {
      this.directory = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'headgate-packages-'));
    });
    afterEach(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  at(...parts: readonly string[]): string {
    return path.join(this.directory, ...parts);
  }

  /** Reads what is at these paths, or in the folder. */
  async read(options: Options = {}, paths: readonly string[] = [this.directory]): Promise<readonly Release[]> {
    return await readReleases(paths, { workspace: this.directory, signal: new AbortController().signal, ...options });
  }

  /** The one asset of the one release. */
  async readOne(options: Options = {}): Promise<{ release: Release; asset: ReleaseAsset }> {
    const releases = await this.read(options);
    const [release] = releases;
    const [asset] = release?.assets ?? [];
    if (releases.length !== 1 || release === undefined || asset === undefined || release.assets.length !== 1) {
      throw new Error(`Not one asset: ${JSON.stringify(releases)}`);
    }
    return { release, asset };
  }

  /** What is wrong, without the name of the input. */
  async problems(options: Options = {}, paths?: readonly string[]): Promise<readonly string[]> {
    try {
      const releases = await this.read(options, paths);
      throw new Error(`Nothing was refused: ${JSON.stringify(releases)}`);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      return error.problems.map(({ input, message }) => {
        if (input !== 'files' || !message.startsWith("input 'files': ")) throw new Error(`Not on files: ${message}`);
        return message.slice("input 'files': ".length);
      });
    }
  }
}
