import path from 'node:path';
import { OperationFailed } from '../errors.ts';
import { ensureDirectory, replaceFile } from './files.ts';
import type { Json } from './host.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/**
 * Writes `.headgate/records/<name>.json` in the workspace, where a later step can upload it as an artefact, and answers
 * with its absolute path. A record of the same name is replaced: a run that is repeated says it anew. So a name says whose
 * the record is (which operation, of what), and two jobs never share one.
 *
 * @throws OperationFailed for a name of another form
 */
export async function writeRecord(workspace: string, name: string, value: Json): Promise<string> {
  if (!NAME.test(name)) {
    throw new OperationFailed({
      what: `${JSON.stringify(name)} is not a name for a record`,
      next: "Use up to 100 of 'a' to 'z', '0' to '9', '.', '_' and '-', beginning with a letter or a digit",
    });
  }
  const file = path.join(ensureDirectory(workspace, 'records'), `${name}.json`);
  replaceFile(file, `${JSON.stringify(value, null, 2)}\n`);
  return file;
}
