import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationFailed } from '../errors.ts';
import { ensureDirectory } from './files.ts';
import type { Json } from './host.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/**
 * Writes `.headgate/records/<name>.json` in the workspace, where a later step can upload it as an artefact, and answers
 * with its absolute path.
 *
 * @throws OperationFailed for a name of another form, and for a record that exists: a later job could not tell whose it is
 */
export async function writeRecord(workspace: string, name: string, value: Json): Promise<string> {
  if (!NAME.test(name)) {
    throw new OperationFailed({
      what: `${JSON.stringify(name)} is not a name for a record`,
      next: "Use up to 100 of 'a' to 'z', '0' to '9', '.', '_' and '-', beginning with a letter or a digit",
    });
  }
  const file = path.join(ensureDirectory(workspace, 'records'), `${name}.json`);
  try {
    await writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new OperationFailed(
      {
        what: `The record '${path.relative(workspace, file)}' exists already`,
        cause: 'Two jobs or two steps use one name, or the file is left from an earlier run in the same directory',
        next: 'Give each job its own name, or delete the file if it is from an earlier run',
      },
      { cause: error },
    );
  }
  return file;
}
