import { type TestFile, writeTarball } from './tarball.ts';

/** A crate; everything has a default that makes a good one of `acme-shop` 1.0.0. */
export interface TestCrate {
  readonly name?: string;
  readonly version?: string;
  /** Lines at the end of `[package]`, and tables after it. */
  readonly more?: string;
  /** Cargo.toml as it is. */
  readonly text?: Buffer | string;
  /** Name of the file. */
  readonly file?: string;
  /** The folder at the top. */
  readonly root?: string;
  /** The last word on the files. */
  readonly change?: (files: readonly TestFile[]) => readonly TestFile[];
}

/** @returns the path of the file */
export async function writeCrate(directory: string, crate: TestCrate = {}): Promise<string> {
  const { name = 'acme-shop', version = '1.0.0', more = '', change = (files) => files } = crate;
  const root = crate.root ?? `${name}-${version}`;
  const text = `[package]\nedition = "2021"\nname = "${name}"\nversion = "${version}"\nreadme = "README.md"\n${more}`;
  const files: TestFile[] = [
    { path: `${root}/Cargo.toml`, content: crate.text ?? text },
    { path: `${root}/README.md`, content: '# Shop\n' },
    { path: `${root}/src/lib.rs`, content: '' },
  ];
  return await writeTarball(directory, crate.file ?? `${name}-${version}.crate`, change(files));
}
