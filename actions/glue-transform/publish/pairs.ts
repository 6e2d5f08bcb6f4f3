import path from 'node:path';
import { BadInput, type InputProblem, OperationFailed } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { VERSION } from '../assets/keys.ts';
import type { PublishContext } from '../publish.ts';
import { readTransforms } from '../transforms/read.ts';
import type { Transform, TransformFinding } from '../transforms/transform.ts';

/** What shall be published: files of the workspace, or versions that the buckets keep. */
export type Wanted =
  | { readonly kind: 'files'; readonly transforms: readonly Transform[] }
  | { readonly kind: 'versions'; readonly versions: ReadonlyMap<string, string> };

/** A definition that names its Python file: Glue Studio would pair it with that one in every Region. */
const TIED = 'path-given';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/**
 * Reads what the inputs name. Makes no call.
 *
 * @throws BadInput, and OperationFailed when `glue-transform check` finds an error
 */
export async function readWanted({ inputs, workspace, host }: PublishContext): Promise<Wanted> {
  const versions = Object.entries(inputs['to-version']);
  if (versions.length > 0) return { kind: 'versions', versions: new Map(checkVersions(versions)) };
  const relative = inputs.transforms.map((file) => path.relative(workspace, file) || '.');
  const { transforms, findings } = await readTransforms({ paths: relative, workspace });
  const errors = findings.filter(({ level, rule }) => level === 'error' || rule === TIED);
  for (const { file, line, message, rule } of errors) {
    host.annotate({ level: 'error', title: rule, message, file, line });
  }
  if (errors.length > 0) throw wrongTransforms(errors);
  if (transforms.length === 0) {
    const message = `input 'transforms': there is no definition (JSON with a Python file of the same name) in ${relative.join(', ')}`;
    throw new BadInput([{ input: 'transforms', message }]);
  }
  return { kind: 'files', transforms: transforms.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

function checkVersions(given: readonly [string, string][]): readonly [string, string][] {
  const problems = given.flatMap(([name, version]): InputProblem[] => {
    const wrong = NAME.test(name)
      ? version === 'previous' || VERSION.test(version)
        ? undefined
        : `${quote(version)} is not a version (16 hexadecimal digits) or 'previous'`
      : `${quote(name)} is not the name of a transform`;
    return wrong === undefined ? [] : [{ input: 'to-version', message: `input 'to-version': ${wrong}` }];
  });
  if (problems.length > 0) throw new BadInput(problems);
  return given;
}

function wrongTransforms(errors: readonly TransformFinding[]): OperationFailed {
  const shown = errors.slice(0, 10).map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const more = errors.length > shown.length ? [`and ${errors.length - shown.length} more`] : [];
  return new OperationFailed({
    what: [`${errors.length === 1 ? 'A transform is' : `${errors.length} things are`} wrong`, ...shown, ...more].join(
      '\n',
    ),
    cause: 'what Glue Studio would not load, or not from the place of publishing, or what would fail in a job',
    next: "Correct it; 'glue-transform check' shows all. Nothing was published anywhere",
    data: { findings: errors.map(({ rule, file, line }) => ({ rule, file, line })) },
  });
}
