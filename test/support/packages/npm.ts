import { type TestFile, writeTarball } from './tarball.ts';

/** An npm tarball; everything has a default that makes a good one of `@acme/shop` 1.0.0. */
export interface TestNpmTarball {
  /** Members of package.json besides the name and the version; they win. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** package.json as it is. */
  readonly text?: Buffer | string;
  /** Name of the file. */
  readonly file?: string;
  /** The folder at the top. */
  readonly root?: string;
  /** The last word on the files. */
  readonly change?: (files: readonly TestFile[]) => readonly TestFile[];
}

/** @returns the path of the file */
export async function writeNpmTarball(directory: string, tarball: TestNpmTarball = {}): Promise<string> {
  const { root = 'package', file = 'acme-shop-1.0.0.tgz', change = (files) => files } = tarball;
  const manifest = { name: '@acme/shop', version: '1.0.0', description: 'A sample', ...tarball.manifest };
  const files: TestFile[] = [
    { path: `${root}/package.json`, content: tarball.text ?? JSON.stringify(manifest) },
    { path: `${root}/README.md`, content: '# Shop\n' },
    { path: `${root}/index.js`, content: '\n' },
  ];
  return await writeTarball(directory, file, change(files));
}
