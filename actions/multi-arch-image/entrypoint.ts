import path from 'node:path';

/** What an image's configuration says about how a container starts. Source: image-spec, config.md, "Properties". */
export interface StartConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Directories in which a program without a slash is looked for, absolute. */
  readonly searchPath: readonly string[];
  readonly workingDirectory: string;
}

/** Where programs are looked for without a PATH. Source: moby, `oci.DefaultPathEnv`; containerd has the same. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Reads `config` of an image's configuration.
 *
 * @returns undefined when a member is not of the type that every runtime expects
 */
export function startConfig(config: unknown): StartConfig | undefined {
  if (config !== undefined && (typeof config !== 'object' || Array.isArray(config))) return undefined;
  const { Entrypoint, Cmd, Env, WorkingDir } = (config ?? {}) as Readonly<Record<string, unknown>>;
  const [entrypoint, cmd, env] = [words(Entrypoint), words(Cmd), words(Env)];
  if (entrypoint === undefined || cmd === undefined || env === undefined) return undefined;
  if (WorkingDir !== undefined && WorkingDir !== null && typeof WorkingDir !== 'string') return undefined;
  const workingDirectory = path.posix.resolve('/', WorkingDir ?? '');
  const given = env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  const searchPath = (given ?? DEFAULT_PATH)
    .split(':')
    .map((directory) => path.posix.resolve(workingDirectory, directory));
  return { entrypoint, cmd, searchPath: [...new Set(searchPath)], workingDirectory };
}

function words(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
}

/** The word that names the program which a container starts; undefined where the image names none. */
export function programWord({ entrypoint, cmd }: StartConfig): string | undefined {
  return entrypoint[0] ?? cmd[0];
}

/**
 * Where the program of a word may be, in the order in which a runtime looks: a word with a slash is a path, another is
 * looked for in PATH. Not simplified, because `..` after a symbolic link is the parent of what the link points at.
 */
export function candidates(word: string, { searchPath, workingDirectory }: StartConfig): readonly string[] {
  if (word.startsWith('/')) return [word];
  if (word.includes('/')) return [`${workingDirectory}/${word}`];
  return searchPath.map((directory) => `${directory === '/' ? '' : directory}/${word}`);
}

/** The first line of a script. Source: Linux, execve(2), "Interpreter scripts". */
export interface ScriptLine {
  readonly interpreter: string;
  /** All that follows, as one argument. */
  readonly argument: string | undefined;
}

/**
 * Reads `#!interpreter argument` from the first bytes of a file.
 *
 * @returns undefined for other files and for a line that names no interpreter
 */
export function scriptLine(head: Buffer): ScriptLine | undefined {
  const [line = ''] = head.toString('latin1').split('\n', 1);
  const [, interpreter, argument] = /^#![ \t]*([^ \t\0]+)[ \t]*([^\0]*)/.exec(line) ?? [];
  if (interpreter === undefined) return undefined;
  const rest = Buffer.from(argument?.trimEnd() ?? '', 'latin1').toString();
  return { interpreter: Buffer.from(interpreter, 'latin1').toString(), argument: rest === '' ? undefined : rest };
}

/**
 * The program that `env` starts for a script, where its argument says it: `node` for `#!/usr/bin/env node`, and for
 * `#!/usr/bin/env -S NODE_ENV=production node --flag`.
 */
export function programOfEnv({ interpreter, argument }: ScriptLine): string | undefined {
  if (path.posix.basename(interpreter) !== 'env' || argument === undefined) return undefined;
  const isSplit = /^(-S|--split-string)/.test(argument);
  if (!isSplit) return argument.startsWith('-') || argument.includes('=') ? undefined : argument;
  const parts = argument.replace(/^(-S|--split-string=?)/, '').split(/[ \t]+/);
  return parts.find((part) => part !== '' && !part.startsWith('-') && !part.includes('='));
}
