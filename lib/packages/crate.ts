import { parse as parseVersion } from 'semver';
import { parse as parseToml, TomlError } from 'smol-toml';
import { quote } from '../operation/inputs.ts';
import { type CargoManifest, cargoDescription, packageTable } from './cargo-description.ts';
import { MAX_README_BYTES } from './limits.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import type { NamedAsset } from './reading.ts';
import { readTarFile, type TarContents } from './tar-contents.ts';
import { utf8 } from './utf8.ts';

const ENDING = '.crate';
/** Source: Cargo book, "The manifest format", name, with what crates.io adds: ASCII, a letter first, at most 64. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * A crate as an asset, with the description that `cargo publish` sends before it. It is made from the Cargo.toml that
 * `cargo package` wrote into the crate, in which everything is resolved.
 *
 * @throws PackageFileError for one that must not be published
 */
export async function readCrate(file: PackageFile, contents: TarContents, signal: AbortSignal): Promise<NamedAsset> {
  const root = contents.root();
  const manifest = parseManifest(utf8(contents.marker('Cargo.toml'), 'Cargo.toml'));
  const about = packageTable(manifest);
  const name = about.text('name') ?? '';
  const version = about.text('version') ?? '';
  if (!NAME.test(name)) {
    throw new PackageFileError(
      `${quote(name)} in Cargo.toml is no name of a crate; write at most 64 ASCII letters, digits, '-' and '_', with a letter first`,
    );
  }
  if (parseVersion(version)?.raw !== version || !/^\d/.test(version)) {
    throw new PackageFileError(`${quote(version)} in Cargo.toml is no version; write for example '1.2.0-rc.1'`);
  }
  checkPublish(manifest);
  const expected = `${name}-${version}`;
  if (root !== expected) {
    throw new PackageFileError(
      `the folder in it is ${quote(root)}, and Cargo.toml says ${quote(expected)}; run cargo package again`,
    );
  }
  if (file.name.endsWith(ENDING) && file.name !== `${expected}${ENDING}`) {
    throw new PackageFileError(
      `the file name says ${quote(file.name.slice(0, -ENDING.length))}, and Cargo.toml says ${quote(expected)}; run cargo package again, and do not rename the file`,
    );
  }
  const readme = await readmeOf(file, contents, `${root}/`, about.text('readme', ['boolean']), signal);
  return {
    id: { format: 'cargo', name: name.toLowerCase(), version },
    asset: {
      name: `${expected}${ENDING}`,
      file: file.path,
      size: file.size,
      sha256: contents.digests.sha256,
      details: { format: 'cargo', description: cargoDescription(manifest, readme) },
    },
  };
}

function parseManifest(text: string): CargoManifest {
  try {
    return parseToml(text);
  } catch (error) {
    // TOML that is nested too deeply ends in a RangeError.
    if (!(error instanceof TomlError) && !(error instanceof RangeError)) throw error;
    const [reason = ''] = error.message.split('\n');
    throw new PackageFileError(`its Cargo.toml is not TOML (${reason}); run cargo package again`);
  }
}

/** Source: Cargo book, "The manifest format", publish. */
function checkPublish(manifest: CargoManifest): void {
  const publish = packageTable(manifest).value('publish');
  const onlyCratesIo = Array.isArray(publish) && publish.length === 1 && publish[0] === 'crates-io';
  if (publish !== false && !(Array.isArray(publish) && publish.length === 0) && !onlyCratesIo) return;
  const shown = JSON.stringify(publish);
  throw new PackageFileError(
    `Cargo.toml says 'publish = ${shown}', which keeps the crate from this registry; remove it, or leave the file out`,
  );
}

async function readmeOf(
  file: PackageFile,
  { readmes }: TarContents,
  root: string,
  path: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const bytes = readmes.get(path) ?? (await readTarFile(file, root + path, MAX_README_BYTES, signal));
  return bytes?.toString('utf8');
}
