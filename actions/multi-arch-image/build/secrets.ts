import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BuildSecret } from '../builders/builder.ts';

const FORM = /^(?<id>[A-Za-z0-9][A-Za-z0-9_.-]{0,99})=(?<isFile>file:)?(?<variable>[A-Za-z_][A-Za-z0-9_]*)$/;
/** Source: BuildKit, session/secrets: a secret of a build has at most 500 KiB. */
const MAX_BYTES = 500 * 1024;

/**
 * Reads the entries of `secrets`. An entry of another form is named by its number: who writes the secret itself must not
 * find it in the log.
 */
export async function checkSecrets(
  entries: readonly string[],
  environment: NodeJS.ProcessEnv,
  problem: (input: string, message: string) => void,
): Promise<{ readonly secrets: readonly BuildSecret[]; readonly values: readonly string[] }> {
  const secrets: BuildSecret[] = [];
  const values: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const groups = FORM.exec(entry)?.groups;
    if (groups === undefined) {
      problem(
        'secrets',
        `entry ${index + 1} is not of the form 'id=VARIABLE' or 'id=file:VARIABLE'; name the variable, never the secret itself`,
      );
      continue;
    }
    const { id = '', variable = '', isFile } = groups;
    const value = environment[variable];
    if (secrets.some((secret) => secret.id === id)) problem('secrets', `'${id}' is there twice`);
    else if (value === undefined || value === '') {
      problem('secrets', `the variable ${variable} of '${id}' is not set; pass it to this job`);
    } else if (isFile === undefined) {
      secrets.push({ id, variable });
      values.push(value);
    } else {
      const content = await readSecretFile(value);
      if ('wrong' in content) problem('secrets', `the variable ${variable} of '${id}' ${content.wrong}`);
      else {
        secrets.push({ id, file: content.file });
        values.push(content.value);
      }
    }
  }
  return { secrets, values };
}

async function readSecretFile(
  location: string,
): Promise<{ readonly file: string; readonly value: string } | { readonly wrong: string }> {
  const file = path.resolve(location);
  // The tools split this attribute at commas, and not all of them know quotes.
  if (/[,"]/.test(file)) return { wrong: 'names a file with a comma or a quotation mark in its path' };
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) return { wrong: 'names no file' };
  if (found.size > MAX_BYTES) return { wrong: `names a file of more than ${MAX_BYTES} bytes` };
  return { file, value: await readFile(file, 'utf8') };
}
