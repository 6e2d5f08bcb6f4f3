import { readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError, type InputSpec, input, quote } from '../../operation/inputs.ts';
import { nearest } from '../../operation/nearest.ts';
import { packageRoot } from '../../package-root.ts';

const PREFIX = 'builtin:';

/** The names of the stacks that come with this project: the folders of `stacks/` with a template. */
export function builtinStacks(): readonly string[] {
  const root = path.join(packageRoot(), 'stacks');
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(path.join(root, entry.name)).includes('template.yaml'))
    .map(({ name }) => name)
    .sort();
}

/** A template file, and the folder that it and the code beside it must not leave. */
export interface TemplateFile {
  readonly templateFile: string;
  readonly workspace: string;
  /** True for a template of the workspace, whose lines can be annotated. */
  readonly isOwn: boolean;
}

/** Where the template of an input made by `templateInput` lies. */
export function templateFileOf(value: string, workspace: string): TemplateFile {
  if (!value.startsWith(PREFIX)) return { templateFile: value, workspace, isOwn: true };
  const folder = path.join(packageRoot(), 'stacks', value.slice(PREFIX.length));
  return { templateFile: path.join(folder, 'template.yaml'), workspace: folder, isOwn: false };
}

/** An input for a template: a path inside the workspace, or `builtin:` and the name of a stack of this project. */
export function templateInput(description: string): InputSpec<string> {
  const file = input.path({ description, default: 'template.yaml' });
  return {
    ...file,
    parse: (text, context) => {
      if (!text.startsWith(PREFIX)) return file.parse(text, context);
      const name = text.slice(PREFIX.length);
      const known = builtinStacks();
      if (known.includes(name)) return text;
      const near = nearest(name, [...known]);
      const list = known.map((stack) => `'${PREFIX}${stack}'`).join(', ');
      throw new InputError(
        `${quote(text)} is no stack of this project; ${near === undefined ? `there are ${list}` : `did you mean '${PREFIX}${near}'?`}`,
      );
    },
  };
}
