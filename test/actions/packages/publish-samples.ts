import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { FORMATS, type Format } from '../../../lib/packages/package.ts';
import { sha256 } from '../../local-aws/codeartifact-client.ts';
import { writeCrate } from '../../support/packages/crate.ts';
import { writeJar, writePom } from '../../support/packages/maven.ts';
import { writeNpmTarball } from '../../support/packages/npm.ts';
import { writeSdist } from '../../support/packages/sdist.ts';
import { writeWheel } from '../../support/packages/wheel.ts';

/** One version of a small package, as files in a folder of its own. */
export interface Sample {
  readonly format: Format;
  /** Absolute path of the folder. */
  readonly folder: string;
  /** As `held` of the workplace names it. */
  readonly key: string;
  /** SHA-256 by the name of the asset. */
  readonly assets: Readonly<Record<string, string>>;
  /** The inputs that publish it. */
  readonly inputs: Readonly<Record<string, string>>;
}

export interface SampleOptions {
  readonly version?: string;
  /** Changes bytes and nothing else. */
  readonly salt?: string;
  /** Leaves out what is more than two files. */
  readonly few?: boolean;
}

export const ALL_FORMATS = FORMATS;

/** How many files the sample of each format has. */
export const ASSETS: Readonly<Record<Format, number>> = { pypi: 3, npm: 1, maven: 3, cargo: 1, generic: 2 };

/** Writes `acme-shop` (`@acme/shop`, `com.acme:shop`) in one format. */
export async function writeSample(
  root: string,
  format: Format,
  { version = '1.0.0', salt = '', few = false }: SampleOptions = {},
): Promise<Sample> {
  const folder = path.join(root, `${format}-${version}${salt === '' ? '' : `-${salt}`}`);
  await mkdir(folder, { recursive: true });
  const written = await WRITERS[format](folder, version, salt);
  const files = few ? written.slice(0, 2) : written;
  const named = files.map(async (file) => {
    const name = format === 'npm' ? 'package.tgz' : path.basename(file);
    return [name, sha256(await readFile(file))] as const;
  });
  return {
    format,
    folder,
    key: `${format}:${KEYS[format]} ${version}`,
    assets: Object.fromEntries(await Promise.all(named)),
    inputs: {
      files: files.join('\n'),
      ...(format === 'generic' ? { 'generic-package': 'acme-shop', 'generic-version': version } : {}),
    },
  };
}

const KEYS: Readonly<Record<Format, string>> = {
  pypi: 'acme-shop',
  npm: 'acme/shop',
  maven: 'com.acme/shop',
  cargo: 'acme-shop',
  generic: 'acme-shop',
};

const WRITERS: Readonly<Record<Format, (folder: string, version: string, salt: string) => Promise<string[]>>> = {
  pypi: async (folder, version, salt) => [
    await writeWheel(folder, { version, salt, file: `acme_shop-${version}-cp311-cp311-manylinux_2_28_x86_64.whl` }),
    await writeWheel(folder, { version, salt: `${salt}b`, file: `acme_shop-${version}-cp312-cp312-win_amd64.whl` }),
    await writeSdist(folder, { version, change: (files) => salted(files, `acme_shop-${version}`, salt) }),
  ],
  npm: async (folder, version, salt) => [
    await writeNpmTarball(folder, {
      file: `acme-shop-${version}.tgz`,
      manifest: { version, main: 'index.js' },
      change: (files) => salted(files, 'package', salt),
    }),
  ],
  maven: async (folder, version, salt) => [
    await writePom(folder, { version }),
    await writeJar(folder, { file: `shop-${version}.jar`, properties: { version }, salt }),
    await writeJar(folder, { file: `shop-${version}-sources.jar`, properties: null, salt }),
  ],
  cargo: async (folder, version, salt) => [
    await writeCrate(folder, { version, change: (files) => salted(files, `acme-shop-${version}`, salt) }),
  ],
  generic: async (folder, _, salt) => {
    const { writeFile } = await import('node:fs/promises');
    const files = ['checksums.txt', 'tool.bin'].map((name) => path.join(folder, name));
    for (const file of files) await writeFile(file, `${path.basename(file)} ${salt}\n`);
    return files;
  },
};

function salted<File extends { readonly path: string }>(files: readonly File[], root: string, salt: string) {
  return salt === '' ? files : [...files, { path: `${root}/SALT`, content: salt }];
}
