import { quote } from '../operation/inputs.ts';
import { parseMetadataHeaders } from './metadata-headers.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import { normalizePythonName } from './python-name.ts';
import type { NamedAsset } from './reading.ts';
import type { TarContents } from './tar-contents.ts';
import { readPythonMetadata } from './upload-form.ts';
import { utf8 } from './utf8.ts';
import { isNameAndVersion } from './wheel-name.ts';

const ENDING = '.tar.gz';

/**
 * A source distribution as an asset. Source: PEP 625 and PyPA, "Source distribution format"; names from before it are
 * taken where they mean the same name and version.
 *
 * @throws PackageFileError for one that must not be published
 */
export function readSdist(file: PackageFile, contents: TarContents): NamedAsset {
  const root = contents.root();
  const text = utf8(contents.marker('PKG-INFO'), 'PKG-INFO');
  const { name, version, fields } = readPythonMetadata(parseMetadataHeaders(text, 'PKG-INFO'), 'PKG-INFO');
  const inside = `PKG-INFO says ${quote(name)} ${quote(version)}`;
  if (!file.name.endsWith(ENDING)) {
    throw new PackageFileError(`it is a Python sdist, whose name must end with '${ENDING}'; build it again`);
  }
  const stem = file.name.slice(0, -ENDING.length);
  if (!isNameAndVersion(stem, { name, version })) {
    throw new PackageFileError(
      `the file name says ${quote(stem)}, and ${inside}; build the sdist again, and do not rename it`,
    );
  }
  if (!isNameAndVersion(root, { name, version })) {
    throw new PackageFileError(`the folder in it is ${quote(root)}, and ${inside}; build the sdist again`);
  }
  return {
    id: { format: 'pypi', name: normalizePythonName(name), version },
    asset: {
      name: file.name,
      file: file.path,
      size: file.size,
      sha256: contents.digests.sha256,
      details: { format: 'pypi', fields: [...fields, ['filetype', 'sdist'], ['pyversion', 'source']] },
    },
  };
}
