import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { badInput, OperationFailed, Refused } from '../../../lib/errors.ts';
import { replaceFile } from '../../../lib/hosts/files.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import type { CatalogueContext } from '../catalogue.ts';
import { readTransforms } from '../transforms/read.ts';
import { entriesOf } from './entries.ts';
import { catalogueHtml } from './html.ts';
import type { CATALOGUE_OUTPUTS } from './inputs.ts';
import { catalogueMarkdown } from './markdown.ts';

/**
 * Writes the page.
 *
 * @throws BadInput when there are no transforms, OperationFailed when one has errors, because the page would lack it
 */
export async function read({
  inputs,
  workspace,
  log,
}: CatalogueContext): Promise<Outcome<keyof typeof CATALOGUE_OUTPUTS>> {
  const { transforms, findings, definitions } = await readTransforms({ paths: inputs.transforms, workspace });
  const errors = findings.filter(({ level }) => level === 'error');
  for (const { file, line, message } of errors) log.error(`${file}:${line}: ${message}`);
  if (errors.length > 0) {
    throw new OperationFailed({
      what: `${definitions - transforms.length} of ${definitions} transforms have errors, so that the page would lack them`,
      next: "Correct what is listed above, or run 'glue-transform check' for all findings",
    });
  }
  if (transforms.length === 0) throw badInput('transforms', 'there is no definition in these folders');
  const entries = entriesOf(transforms);
  const folder = await makeFolder(inputs.output, workspace);
  const markdown = catalogueMarkdown(inputs.title, entries);
  replaceFile(path.join(folder, 'catalogue.md'), markdown);
  replaceFile(path.join(folder, 'catalogue.html'), catalogueHtml(inputs.title, entries));
  const relative = path.relative(workspace, inputs.output).split(path.sep).join('/');
  return {
    summary: `The page about ${entries.length} transform${entries.length === 1 ? '' : 's'} is in '${relative}'.`,
    outputs: {
      transforms: String(entries.length),
      markdown: path.posix.join(relative, 'catalogue.md'),
      html: path.posix.join(relative, 'catalogue.html'),
    },
    report: markdown,
  };
}

async function makeFolder(folder: string, workspace: string): Promise<string> {
  const home = await realpath(workspace);
  // The part that is there already decides where the new parts come to lie.
  for (let there = folder; ; there = path.dirname(there)) {
    const real = await realpath(there).catch(() => undefined);
    if (real === undefined) continue;
    const relative = path.relative(home, real);
    if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
      throw new Refused({
        what: `'${path.relative(workspace, there)}' leads out of the workspace`,
        cause: 'The checkout brought a link with this name',
        next: "Write another folder as 'output'",
      });
    }
    break;
  }
  await mkdir(folder, { recursive: true });
  return folder;
}
