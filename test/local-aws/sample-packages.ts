import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** A wheel of one module, `<module>.py`, which says its version. */
export async function writeWheel(
  directory: string,
  { name, version, text = '' }: { name: string; version: string; text?: string },
): Promise<string> {
  const module = name.replace(/[-.]/g, '_').toLowerCase();
  const info = `${module}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${module}.py`]: `version = ${JSON.stringify(version)}\n# ${text}\n`,
    [`${info}/METADATA`]: metadata(name, version),
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const rows = Object.entries(files).map(([file, content]) => {
    const digest = createHash('sha256').update(content).digest('base64url');
    return `${file},sha256=${digest},${Buffer.byteLength(content)}`;
  });
  files[`${info}/RECORD`] = `${[...rows, `${info}/RECORD,,`].join('\n')}\n`;
  const zip = new ZipFile();
  for (const [file, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), file, { mtime: LONG_AGO });
  zip.end();
  return await write(directory, `${module}-${version}-py3-none-any.whl`, await buffer(zip.outputStream));
}

/** A source distribution that holds no code. */
export async function writeSdist(
  directory: string,
  { name, version }: { name: string; version: string },
): Promise<string> {
  const root = `${name.replace(/[-.]/g, '_').toLowerCase()}-${version}`;
  const tar = pack();
  tar.entry({ name: `${root}/PKG-INFO`, mtime: LONG_AGO }, metadata(name, version));
  tar.entry({ name: `${root}/pyproject.toml`, mtime: LONG_AGO }, '[build-system]\nrequires = []\n');
  tar.finalize();
  return await write(directory, `${root}.tar.gz`, await buffer(tar.pipe(createGzip())));
}

/** The folder of an npm package of one module, which exports its version. */
export async function writeNpmPackage(
  directory: string,
  { name, version, text = '' }: { name: string; version: string; text?: string },
): Promise<string> {
  const folder = path.join(directory, `${name.replace(/\W+/g, '-')}-${version}`);
  await mkdir(folder, { recursive: true });
  const about = { name, version, description: 'A sample', license: 'Apache-2.0', main: 'index.js' };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(about));
  await writeFile(path.join(folder, 'index.js'), `module.exports = ${JSON.stringify(version)}; // ${text}\n`);
  await writeFile(path.join(folder, 'README.md'), `# ${name}\n`);
  return folder;
}

function metadata(name: string, version: string): string {
  const head = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nSummary: A sample\nRequires-Python: >=3.8\n`;
  return `${head}License: Apache-2.0\n\nA longer text.\n`;
}

async function write(directory: string, name: string, content: Buffer): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, content);
  return file;
}
