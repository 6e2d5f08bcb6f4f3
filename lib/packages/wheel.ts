import { quote } from '../operation/inputs.ts';
import { parseMetadataHeaders } from './metadata-headers.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import { normalizePythonName } from './python-name.ts';
import type { NamedAsset } from './reading.ts';
import { readPythonMetadata } from './upload-form.ts';
import { utf8 } from './utf8.ts';
import { isEscapedOf, parseWheelName } from './wheel-name.ts';
import type { DistInfo, ZipContents } from './zip-contents.ts';

/**
 * A wheel as an asset: its metadata, with which its file name and its `.dist-info` folder must agree. Source: PyPA,
 * "Binary distribution format".
 *
 * @throws PackageFileError for a wheel that must not be published
 */
export function readWheel(file: PackageFile, contents: ZipContents, sha256: string): NamedAsset {
  const tags = parseWheelName(file.name);
  if (tags === undefined) {
    throw new PackageFileError(
      "the file name is not that of a wheel, '<name>-<version>-<python>-<abi>-<platform>.whl'; build it again, and do not rename it",
    );
  }
  const { folder, metadata } = onlyDistInfo(contents);
  if (metadata instanceof Error) throw metadata;
  if (contents.unsafe !== undefined) throw contents.unsafe;
  if (!contents.hasInfoFile(`${folder}/WHEEL`)) {
    throw new PackageFileError(`the wheel has no ${quote(`${folder}/WHEEL`)}; build it again`);
  }
  const { name, version, fields } = readPythonMetadata(
    parseMetadataHeaders(utf8(metadata, 'METADATA'), 'METADATA'),
    'METADATA',
  );
  const inside = `METADATA says ${quote(name)} ${quote(version)}`;
  if (!isEscapedOf(tags, { name, version })) {
    throw new PackageFileError(
      `the file name says ${quote(tags.distribution)} ${quote(tags.version)}, and ${inside}; build the wheel again, and do not rename it`,
    );
  }
  const [distribution = '', folderVersion = '', ...more] = folder.slice(0, -'.dist-info'.length).split('-');
  if (more.length > 0 || !isEscapedOf({ distribution, version: folderVersion }, { name, version })) {
    throw new PackageFileError(`the folder in it is ${quote(folder)}, and ${inside}; build the wheel again`);
  }
  return {
    id: { format: 'pypi', name: normalizePythonName(name), version },
    asset: {
      name: file.name,
      file: file.path,
      size: file.size,
      sha256,
      details: { format: 'pypi', fields: [...fields, ['filetype', 'bdist_wheel'], ['pyversion', tags.python]] },
    },
  };
}

function onlyDistInfo({ distInfos }: ZipContents): DistInfo {
  const [only, second] = distInfos;
  if (only === undefined) {
    throw new PackageFileError("there is no '*.dist-info/METADATA' in it, so it is no wheel; build it again");
  }
  if (second !== undefined) {
    const which =
      second.folder === only.folder ? 'METADATA twice' : `${quote(only.folder)} and ${quote(second.folder)}`;
    throw new PackageFileError(`the wheel has ${which}, and only one is allowed; build it again`);
  }
  return only;
}
