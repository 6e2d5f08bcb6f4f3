import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeCrate } from '../../support/packages/crate.ts';
import { writeJar, writePom } from '../../support/packages/maven.ts';
import { writeNpmTarball } from '../../support/packages/npm.ts';
import { writeSdist } from '../../support/packages/sdist.ts';
import { writeWheel } from '../../support/packages/wheel.ts';
import type { Workplace } from './workplace.ts';

/** One version in five formats: two files of Python, one of npm and of Cargo, two of Maven; two of a generic package. */
export const SAMPLE_VERSIONS = 5;
export const SAMPLE_ASSETS = 8;

/** How the samples of a version are called in what a Region holds. */
export function heldNames(version: string): string[] {
  return [
    `cargo:acme-shop ${version}`,
    `generic:acme/tool ${version}`,
    `maven:com.acme/shop ${version}`,
    `npm:acme/shop ${version}`,
    `pypi:acme-shop ${version}`,
  ];
}

/** Writes one version in all formats that have a reader into a new folder, and gives the folder. */
export async function writeSamples(root: string, version: string, salt = ''): Promise<string> {
  const folder = path.join(root, `samples-${version}-${salt}`);
  mkdirSync(folder, { recursive: true });
  const about = { version, salt };
  await writeWheel(folder, about);
  await writeSdist(folder, { version });
  await writeNpmTarball(folder, {
    manifest: { version, ...(salt === '' ? {} : { description: salt }) },
    file: `acme-shop-${version}.tgz`,
  });
  await writeCrate(folder, { version, ...(salt === '' ? {} : { more: `description = "${salt}"\n` }) });
  await writePom(folder, { version });
  await writeJar(folder, { file: `shop-${version}.jar`, properties: { version }, salt });
  return folder;
}

/** Publishes the samples of a version, and a generic package of two files, to some Regions or to all. */
export async function putSamples(
  place: Workplace,
  version: string,
  { regions, salt = '' }: { readonly regions?: readonly string[]; readonly salt?: string } = {},
): Promise<void> {
  const where = regions === undefined ? {} : { regions };
  await place.put([await writeSamples(place.root, version, salt)], where);
  await putTool(place, version, { ...where, salt });
}

/** Publishes a generic package of two files. */
export async function putTool(
  place: Workplace,
  version: string,
  { regions, salt = '' }: { readonly regions?: readonly string[]; readonly salt?: string } = {},
): Promise<void> {
  const folder = path.join(place.root, `tool-${version}-${salt}`);
  mkdirSync(folder, { recursive: true });
  const files = ['a.bin', 'b.bin'].map((name) => path.join(folder, name));
  for (const file of files) writeFileSync(file, `${path.basename(file)} ${version} ${salt}`);
  await place.put(files, {
    ...(regions === undefined ? {} : { regions }),
    generic: { namespace: 'acme', name: 'tool', version },
  });
}
