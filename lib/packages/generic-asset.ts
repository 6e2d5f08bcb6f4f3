import { BadInput, badInput } from '../errors.ts';
import { quote } from '../operation/inputs.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import type { NamedAsset } from './reading.ts';

/** The generic package that all files are assets of. */
export interface GenericPackage {
  readonly namespace?: string;
  readonly name: string;
  readonly version: string;
}

/** Source: CodeArtifact API reference, PackageNamespace, PackageName and PackageVersion. */
const PART = /^[^#/\s]{1,255}$/;
const LONGEST_NAME = 255;
/** Source: CodeArtifact user guide, "Generic packages overview", and API reference, AssetName. */
const ASSET_NAME = /^[\p{Ll}\p{Lm}\p{Lo}\p{Lt}\p{Lu}\p{Nl}\p{Nd}~!@^&()\-_+[\]{};,. ]+$/u;

/** @throws BadInput when a part has a form that CodeArtifact does not take */
export function checkGenericPackage({ namespace, name, version }: GenericPackage): void {
  const problems = Object.entries({ namespace, name, version }).flatMap(([part, value]) =>
    value === undefined || PART.test(value)
      ? []
      : badInput(
          part,
          `${quote(value)} cannot be the ${part} of a generic package; write 1 to 255 characters without '#', '/' and spaces`,
        ).problems,
  );
  if (problems.length > 0) throw new BadInput(problems);
}

/** @throws PackageFileError when the file's name cannot be that of an asset */
export function genericAsset(file: PackageFile, sha256: string, generic: GenericPackage): NamedAsset {
  const { name } = file;
  if ([...name].length > LONGEST_NAME) {
    throw new PackageFileError(`the name is longer than ${LONGEST_NAME} characters; rename the file`);
  }
  if (!ASSET_NAME.test(name)) {
    throw new PackageFileError(
      "CodeArtifact takes only letters, digits, single spaces and ~!@^&()-_+[]{};,. in the name of a generic package's asset; rename the file",
    );
  }
  if (/^ | {2}| $/.test(name)) {
    throw new PackageFileError(
      'CodeArtifact takes no spaces at the ends of a name, and no two in a row; rename the file',
    );
  }
  return {
    id: { format: 'generic', ...generic },
    asset: { name, file: file.path, size: file.size, sha256, details: { format: 'generic' } },
  };
}
