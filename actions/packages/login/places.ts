import os from 'node:os';
import path from 'node:path';
import { cargoFiles } from './cargo.ts';
import type { LoginFile } from './login-file.ts';
import { mavenFile } from './maven.ts';
import { npmFile } from './npm.ts';
import { pipFile } from './pip.ts';
import type { Tool } from './tools.ts';

/** What decides where logins are written, and how they look. */
export interface PlaceOptions {
  readonly tools: readonly Tool[];
  /** Absolute path of the folder that stands for the home of the user; undefined for the home itself. */
  readonly directory: string | undefined;
  /** The variables by which the tools find their files. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether logins of several Regions may be written. */
  readonly several: boolean;
  readonly npmScopes: readonly string[];
  readonly mavenRepositoryId: string;
  readonly cargoRegistry: string;
  /** Home of the user by the system's list of users; only for tests. */
  readonly listedHome?: string;
}

/**
 * The files that the tools read, in the order in which they are written: the place that each tool's own variable names, or
 * else the usual one in the home of the user. Sources: pip documentation, "Configuration Files"; npm, "npmrc"; Maven,
 * "Settings Reference"; Cargo book, "Configuration".
 */
export function loginFiles(options: PlaceOptions): readonly LoginFile[] {
  return [...new Set(options.tools)].flatMap((tool) => filesOf(tool, options));
}

function filesOf(tool: Tool, options: PlaceOptions): readonly LoginFile[] {
  switch (tool) {
    case 'pip':
      return [pipFile(pipPlace(options), options.several)];
    case 'npm':
      return [npmFile(npmPlace(options), options.npmScopes)];
    case 'maven':
      return [mavenFile(mavenPlace(options), options.mavenRepositoryId)];
    case 'cargo':
      return cargoFiles(cargoPlace(options), options.cargoRegistry);
  }
}

type Place = Pick<LoginFile, 'file' | 'root'>;

function pipPlace({ directory, environment }: PlaceOptions): Place {
  const { PIP_CONFIG_FILE: named, XDG_CONFIG_HOME: settings } = environment;
  const usual = (root: string, folder: string) => ({ root, file: path.join(folder, 'pip', 'pip.conf') });
  if (directory !== undefined) return usual(directory, path.join(directory, '.config'));
  // pip does not read the user's own file where this one is there.
  if (named) return besides(named);
  if (settings && path.isAbsolute(settings)) return usual(settings, settings);
  return usual(homeOf(environment), path.join(homeOf(environment), '.config'));
}

function npmPlace({ directory, environment }: PlaceOptions): Place {
  const named = Object.entries(environment).find(([name]) => /^npm_config_userconfig$/i.test(name))?.[1];
  if (directory === undefined && named) return besides(named);
  const root = directory ?? homeOf(environment);
  return { root, file: path.join(root, '.npmrc') };
}

/**
 * Java asks the system's list of users for the home, whatever HOME says; only where that knows none, HOME counts. Source:
 * OpenJDK, java_props_md.c.
 */
function mavenPlace({ directory, environment, listedHome = listedHomeOf() }: PlaceOptions): Place {
  const root = directory ?? (listedHome.length > 1 ? listedHome : homeOf(environment));
  return { root, file: path.join(root, '.m2', 'settings.xml') };
}

function cargoPlace({ directory, environment }: PlaceOptions) {
  const { CARGO_HOME: named } = environment;
  if (directory === undefined && named) return { folder: path.resolve(named), root: path.resolve(named) };
  const root = directory ?? homeOf(environment);
  return { folder: path.join(root, '.cargo'), root };
}

function besides(named: string): Place {
  const file = path.resolve(named);
  return { file, root: path.dirname(file) };
}

/** As for the logins of registries: the variable, then what the system says. */
export function homeOf(environment: NodeJS.ProcessEnv): string {
  return environment.HOME || os.homedir();
}

function listedHomeOf(): string {
  try {
    return os.userInfo().homedir;
  } catch {
    return '';
  }
}
