import { type TestFile, writeTarball } from './tarball.ts';
import { coreMetadata } from './wheel.ts';

/** An sdist; everything has a default that makes a good one of `acme-shop` 1.0.0. */
export interface TestSdist {
  readonly name?: string;
  readonly version?: string;
  /** Name of the file. */
  readonly file?: string;
  /** The folder at the top. */
  readonly root?: string;
  /** PKG-INFO as it is. */
  readonly metadata?: Buffer | string;
  /** The last word on the files. */
  readonly change?: (files: readonly TestFile[]) => readonly TestFile[];
}

/** @returns the path of the file */
export async function writeSdist(directory: string, sdist: TestSdist = {}): Promise<string> {
  const { name = 'acme-shop', version = '1.0.0', change = (files) => files } = sdist;
  const stem = `${name.replace(/[-.]/g, '_').toLowerCase()}-${version}`;
  const root = sdist.root ?? stem;
  const files: TestFile[] = [
    { path: `${root}/PKG-INFO`, content: sdist.metadata ?? coreMetadata(name, version) },
    { path: `${root}/pyproject.toml`, content: '[build-system]\nrequires = []\n' },
  ];
  return await writeTarball(directory, sdist.file ?? `${stem}.tar.gz`, change(files));
}
