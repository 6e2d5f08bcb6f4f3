import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import { type InputSpecs, type Inputs, input, quote } from '../../../lib/operation/inputs.ts';
import { FORMATS, type Format, type PackageId } from '../../../lib/packages/package.ts';
import { packageUrl, parsePackageUrl } from '../../../lib/packages/purl.ts';

/** The inputs that say which packages are compared. */
export const SELECTION_INPUTS = {
  packages: input.list({
    description:
      'Package URLs, one a line, with or without a version: pkg:pypi/shop@1.0.0, pkg:npm/%40acme/shop, pkg:maven/com.acme/shop. Without it, the whole repository.',
    check: (text) => {
      const parsed = parsePackageUrl(text);
      return 'problem' in parsed ? parsed.problem : undefined;
    },
  }),
  formats: input.list({
    description: 'Formats of packages that are compared, one a line.',
    default: FORMATS.join('\n'),
    check: (text) =>
      FORMATS.some((format) => format === text)
        ? undefined
        : `is not a format; write ${FORMATS.join(', ')}, one a line`,
  }),
} as const satisfies InputSpecs;

/** One package that is compared. */
export interface SelectedPackage {
  readonly id: PackageId;
  /** Whether it was asked for by name, and not found in a list. */
  readonly isNamed: boolean;
  /** Undefined for all. */
  readonly versions: ReadonlySet<string> | undefined;
}

/** What is compared. */
export interface Selection {
  readonly formats: readonly Format[];
  /** Undefined for the whole repository. */
  readonly packages: readonly SelectedPackage[] | undefined;
}

/** @throws BadInput for a package of a format that is left out */
export function selectionOf({ packages, formats }: Inputs<typeof SELECTION_INPUTS>): Selection {
  const wanted = FORMATS.filter((format) => formats.includes(format));
  if (packages.length === 0) return { formats: wanted, packages: undefined };
  const problems: InputProblem[] = [];
  const selected = new Map<string, { id: PackageId; isNamed: true; versions: Set<string> | undefined }>();
  for (const text of packages) {
    const parsed = parsePackageUrl(text);
    if ('problem' in parsed) throw new Error(`${quote(text)} ${parsed.problem}`);
    const { id, version } = parsed;
    if (!wanted.includes(id.format)) {
      const message = `input 'packages': ${quote(text)} is of a format that 'formats' leaves out; add it there`;
      problems.push({ input: 'packages', message });
    }
    const key = packageUrl(id);
    const known = selected.get(key);
    if (version === undefined) selected.set(key, { id, isNamed: true, versions: undefined });
    else if (known === undefined) selected.set(key, { id, isNamed: true, versions: new Set([version]) });
    else known.versions?.add(version);
  }
  if (problems.length > 0) throw new BadInput(problems);
  return { formats: wanted, packages: [...selected.values()] };
}
