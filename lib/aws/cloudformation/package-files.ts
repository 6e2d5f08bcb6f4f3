import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { AssetError, isInside } from './assets-folder.ts';
import { isYamlTag, type LocalReference } from './package-properties.ts';
import { parseTemplate, type Template } from './template.ts';
import { TemplateError } from './template-error.ts';
import { MAX_TEMPLATE_BYTES } from './template-size.ts';

/**
 * The place of a reference on this machine, without symbolic links.
 *
 * @param folder of the template
 * @throws AssetError for what is not a path, does not exist, or lies outside the workspace
 */
export async function resolvePath({ node }: LocalReference, folder: string, workspace: string): Promise<string> {
  if (node.tag !== undefined && isYamlTag(node.tag)) throw new AssetError('has a YAML tag; write the path without it');
  if (node.style === 'block') throw new AssetError('is a block text; write the path on one line');
  if (node.value === '' || node.value.includes('\0')) throw new AssetError('is not a path');
  const location = path.resolve(folder, node.value);
  // Before any look at the disk: whether something exists outside is none of a template's business.
  if (!isInside(workspace, location)) throw new AssetError('is outside the workspace');
  const real = await realpath(location).catch(() => undefined);
  if (real === undefined) {
    throw new AssetError('does not exist; a path is relative to the folder of the template. Was the code built?');
  }
  if (!isInside(workspace, real)) throw new AssetError('is a symbolic link that leads out of the workspace');
  return real;
}

/**
 * Reads and parses a template.
 *
 * @param location absolute path; `file` is its name for people
 * @throws TemplateError
 */
export async function readTemplate(location: string, file: string): Promise<Template> {
  const stats = await stat(location);
  if (!stats.isFile()) throw new TemplateError([{ file, message: 'is not a file' }]);
  if (stats.size > MAX_TEMPLATE_BYTES) {
    const message = `has ${stats.size} bytes; CloudFormation accepts at most ${MAX_TEMPLATE_BYTES}`;
    throw new TemplateError([{ file, message }]);
  }
  const bytes = await readFile(location);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TemplateError([{ file, message: 'is not text in UTF-8' }]);
  }
  return parseTemplate(text, file);
}
