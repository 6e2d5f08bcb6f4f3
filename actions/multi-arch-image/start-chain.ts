import type { FoundFile, ImageFiles } from '../../lib/registry/image-files.ts';
import { type ElfHeader, elfHeader } from './elf.ts';
import { candidates, programOfEnv, programWord, type ScriptLine, type StartConfig, scriptLine } from './entrypoint.ts';

/** A file that has a part in starting a container: the program, or an interpreter of a script before it. */
export interface StartedFile {
  /** As it was asked for: `node`, `/docker-entrypoint.sh`. */
  readonly word: string;
  /** Where it really is. */
  readonly path: string;
  readonly kind:
    | { readonly format: 'elf'; readonly header: ElfHeader }
    | { readonly format: 'script'; readonly line: ScriptLine }
    | { readonly format: 'other'; readonly what: string };
}

/** The files that start, in their order; `problem` says why the last of them cannot be started, as a sentence. */
export interface StartChain {
  readonly files: readonly StartedFile[];
  readonly problem?: string;
}

/** Source: Linux, `fs/exec.c`, "This allows 4 levels of binfmt rewrites before failing hard". */
const MAX_SCRIPTS = 4;

/**
 * Follows what a container starts: the program of Entrypoint or Cmd and, when that is a script, its interpreter. A script
 * as Entrypoint usually ends in the program that Cmd names, so that one is followed as well where there is such a file.
 *
 * @throws ImageFilesError for a layer that cannot be read; errors of the registry as they are
 */
export async function startChain(files: ImageFiles, config: StartConfig): Promise<StartChain> {
  const word = programWord(config);
  if (word === undefined) return { files: [] };
  const chain = await follow(files, config, word);
  const [first] = chain.files;
  const command = config.entrypoint.length > 0 ? config.cmd[0] : undefined;
  if (chain.problem !== undefined || first?.kind.format !== 'script' || command === undefined) return chain;
  const more = await follow(files, config, command);
  // Cmd may as well be a mere argument of the script.
  return more.files.length === 0 ? chain : { ...more, files: [...chain.files, ...more.files] };
}

async function follow(files: ImageFiles, config: StartConfig, first: string): Promise<StartChain> {
  const started: StartedFile[] = [];
  let waiting = [first];
  for (let scripts = 0; waiting.length > 0; ) {
    const word = waiting.shift() as string;
    const { file, problem } = await findProgram(files, candidates(word, config), word);
    if (file === undefined) return { files: started, ...(problem === undefined ? {} : { problem }) };
    const one = describe(word, file);
    started.push(one);
    if (problem !== undefined) return { files: started, problem };
    if (one.kind.format !== 'script') continue;
    if (++scripts > MAX_SCRIPTS) {
      return {
        files: started,
        problem: `${first} leads through more than ${MAX_SCRIPTS} scripts, which Linux does not follow`,
      };
    }
    const { line } = one.kind;
    const byEnv = programOfEnv(line);
    waiting = [line.interpreter, ...(byEnv === undefined ? [] : [byEnv]), ...waiting];
  }
  return { files: started };
}

type File = Extract<FoundFile, { kind: 'file' }>;

/** The first candidate that may be executed, as execvp(3) takes it; else what stands in the way. */
async function findProgram(
  files: ImageFiles,
  paths: readonly string[],
  word: string,
): Promise<{ file?: File; problem?: string }> {
  let inTheWay: { file?: File; problem?: string } | undefined;
  for (const path of paths) {
    const found = await files.find(path);
    if (found.kind === 'missing') {
      if (found.why === 'links') inTheWay ??= { problem: `${path} leads through more than 40 symbolic links` };
    } else if (found.kind !== 'file') inTheWay ??= { problem: `${found.path} is no file` };
    else if ((found.mode & 0o111) !== 0) return { file: found };
    else inTheWay ??= { file: found, problem: `${found.path} may not be executed (mode ${octal(found.mode)})` };
  }
  return inTheWay ?? { problem: `${word} is not in the image${paths.length > 1 ? `, in no directory of PATH` : ''}` };
}

function octal(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}`;
}

function describe(word: string, { path, head, size }: File): StartedFile {
  const header = elfHeader(head);
  if (header !== undefined) return { word, path, kind: { format: 'elf', header } };
  const line = scriptLine(head);
  if (line !== undefined) return { word, path, kind: { format: 'script', line } };
  return { word, path, kind: { format: 'other', what: formatOf(head, size) } };
}

function formatOf(head: Buffer, size: number): string {
  if (size === 0) return 'an empty file';
  const magic = head.toString('latin1', 0, 4);
  if (magic.startsWith('MZ')) return 'a Windows program';
  if (['\xcf\xfa\xed\xfe', '\xce\xfa\xed\xfe', '\xca\xfe\xba\xbe'].includes(magic)) return 'a macOS program';
  if (magic === '\x7fELF') return 'a broken ELF file';
  if (magic === '\0asm') return 'a WebAssembly module';
  return 'no program that Linux knows: neither ELF nor a script with #!';
}
