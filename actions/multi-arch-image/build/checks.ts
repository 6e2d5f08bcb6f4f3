import { stat } from 'node:fs/promises';
import path from 'node:path';
import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import type { BuildContext } from '../build.ts';
import type { BuildSecret } from '../builders/builder.ts';
import { realInside } from '../inside-workspace.ts';
import { checkSecrets } from './secrets.ts';

/** What of the inputs was looked at on this machine. */
export interface CheckedBuild {
  /** Without symbolic links. */
  readonly context: string;
  readonly file: string;
  readonly secrets: readonly BuildSecret[];
  /** What the log must not show. */
  readonly secretValues: readonly string[];
}

type Inputs = Pick<BuildContext['inputs'], 'context' | 'file' | 'build-args' | 'secrets' | 'labels' | 'annotations'>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\x00-\x1f\x7f]/;
/** What every tool takes as one key: with '=' or white space in it, they would read it in different ways. */
const KEY = /^[A-Za-z0-9][\w./+-]{0,254}$/;

/**
 * Checks what the parser of inputs cannot see.
 *
 * @throws BadInput with all problems
 */
export async function checkBuild(
  inputs: Inputs,
  workspace: string,
  environment: NodeJS.ProcessEnv,
): Promise<CheckedBuild> {
  const problems: InputProblem[] = [];
  const problem = (input: string, message: string) =>
    void problems.push({ input, message: `input '${input}': ${message}` });
  const context = await checkContext(inputs, workspace, problem);
  const file = await checkFile(inputs, context, workspace, problem);
  const { secrets, values } = await checkSecrets(inputs.secrets, environment, problem);
  checkPairs(inputs, problem);
  if (problems.length > 0 || context === undefined || file === undefined) throw new BadInput(problems);
  return { context, file, secrets, secretValues: values };
}

type Problem = (input: string, message: string) => void;

async function checkContext({ context }: Inputs, workspace: string, problem: Problem): Promise<string | undefined> {
  const shown = quote(path.relative(workspace, context) || '.');
  const found = await realInside(context, workspace);
  if (found === undefined) problem('context', `${shown} does not exist; write a folder of the checkout`);
  else if (found === 'outside') problem('context', `${shown} is a symbolic link that leads out of the workspace`);
  else if ((await stat(found.real)).isDirectory()) return found.real;
  else problem('context', `${shown} is not a folder`);
  return undefined;
}

async function checkFile(
  { file }: Inputs,
  context: string | undefined,
  workspace: string,
  problem: Problem,
): Promise<string | undefined> {
  if (file === undefined) return context && (await defaultFile(context, workspace, problem));
  const shown = quote(path.relative(workspace, file));
  const found = await realInside(file, workspace);
  if (found === undefined)
    problem('file', `${shown} does not exist; write the path of a Containerfile in the checkout`);
  else if (found === 'outside') problem('file', `${shown} is a symbolic link that leads out of the workspace`);
  else if ((await stat(found.real)).isFile()) return found.real;
  else problem('file', `${shown} is not a file`);
  return undefined;
}

async function defaultFile(context: string, workspace: string, problem: Problem): Promise<string | undefined> {
  for (const name of ['Containerfile', 'Dockerfile']) {
    const found = await realInside(path.join(context, name), workspace);
    if (found === 'outside') {
      problem('file', `'${name}' in the context is a symbolic link that leads out of the workspace`);
      return undefined;
    }
    if (found !== undefined && (await stat(found.real)).isFile()) return found.real;
  }
  problem('file', "is required: the context has neither 'Containerfile' nor 'Dockerfile'");
  return undefined;
}

function checkPairs(inputs: Inputs, problem: Problem): void {
  for (const [name, value] of Object.entries(inputs['build-args'])) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problem('build-args', `${quote(name)} is not a name; write letters, digits and '_'`);
    } else if (value.includes('\0')) problem('build-args', `the value of ${quote(name)} has a NUL in it`);
  }
  for (const [name, value] of Object.entries(inputs.labels)) {
    if (!KEY.test(name)) problem('labels', `${quote(name)} is not a key; write for example 'com.example.team'`);
    else if (value.includes('\0')) problem('labels', `the value of ${quote(name)} has a NUL in it`);
  }
  // Source: image-spec, annotations.md: keys are reverse domain names, values are text.
  for (const [name, value] of Object.entries(inputs.annotations)) {
    if (!KEY.test(name)) problem('annotations', `${quote(name)} is not a key; write for example 'com.example.team'`);
    else if (CONTROL.test(value)) problem('annotations', `the value of ${quote(name)} must be one line of text`);
  }
}
