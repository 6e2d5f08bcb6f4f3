import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errorMessage, OperationFailed } from '../../errors.ts';
import type { Credentials } from './credentials.ts';

/** A file with logins, as Docker's `config.json` and Podman's `auth.json`. */
export interface AuthFile {
  /** Its path, for messages. */
  readonly name: string;
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, unknown>>;
  readonly credsStore: unknown;
}

/** A credential helper that is to be asked. */
export interface HelperEntry {
  readonly kind: 'helper';
  /** The program is `docker-credential-<name>`. */
  readonly name: string;
  /** What it is asked for. */
  readonly server: string;
  /** The file that names it. */
  readonly file: string;
}

/**
 * The files with logins that are there, in the order in which they are asked:
 *
 * 1. the text in `DOCKER_AUTH_CONFIG`, in the same form;
 * 2. `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`;
 * 3. `$REGISTRY_AUTH_FILE`;
 * 4. `$XDG_RUNTIME_DIR/containers/auth.json`, or `/run/containers/<user id>/auth.json`;
 * 5. `$XDG_CONFIG_HOME/containers/auth.json`, or `~/.config/containers/auth.json`.
 *
 * Only `auths`, `credHelpers` and `credsStore` are read. `proxies` and `HttpHeaders` are ignored.
 * Source: Docker documentation, "docker login"; containers-auth.json(5).
 *
 * @throws OperationFailed naming the file that cannot be read; its content is in no message
 */
export async function authFiles(environment: NodeJS.ProcessEnv): Promise<AuthFile[]> {
  const found: AuthFile[] = [];
  const given = environment.DOCKER_AUTH_CONFIG ?? '';
  if (given.trim() !== '') found.push(readAuthFile(given, 'DOCKER_AUTH_CONFIG'));
  for (const file of filesOf(environment)) {
    const text = await textOf(file);
    if (text !== undefined && text.trim() !== '') found.push(readAuthFile(text, file));
  }
  return found;
}

function filesOf(environment: NodeJS.ProcessEnv): Set<string> {
  const home = environment.HOME || os.homedir();
  const runtime = environment.XDG_RUNTIME_DIR
    ? path.join(environment.XDG_RUNTIME_DIR, 'containers')
    : `/run/containers/${process.getuid?.() ?? 0}`;
  return new Set([
    path.join(environment.DOCKER_CONFIG || path.join(home, '.docker'), 'config.json'),
    ...(environment.REGISTRY_AUTH_FILE ? [environment.REGISTRY_AUTH_FILE] : []),
    path.join(runtime, 'auth.json'),
    path.join(environment.XDG_CONFIG_HOME || path.join(home, '.config'), 'containers', 'auth.json'),
  ]);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw broken(file, `it cannot be read: ${errorMessage(error)}`);
  }
}

function readAuthFile(text: string, name: string): AuthFile {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds passwords.
    throw broken(name, 'it is not JSON');
  }
  const { auths, credHelpers, credsStore } = objectOf(document, name, 'it');
  return {
    name,
    auths: objectOf(auths ?? {}, name, "'auths' in it"),
    credHelpers: objectOf(credHelpers ?? {}, name, "'credHelpers' in it"),
    credsStore,
  };
}

function objectOf(value: unknown, file: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw broken(file, `${what} is not a JSON object`);
}

/** Docker Hub has one login under many names; the first is the one that Docker itself writes. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const DOCKER_HUB_HOSTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** The name under which Docker keeps the login of a registry. */
export function serverOf(registry: string): string {
  return DOCKER_HUB_HOSTS.has(registry) ? DOCKER_HUB : registry;
}

/**
 * What a file says about a registry: as in Docker, its helper before the common helper before a login in the file.
 * Logins are found for the whole registry only; Podman's entries for a part of it (`host/path`) are passed by.
 *
 * @returns undefined when it says nothing
 * @throws OperationFailed for a broken entry of this registry
 */
export function entryOf(file: AuthFile, registry: string): Credentials | HelperEntry | undefined {
  const server = serverOf(registry);
  const own = Object.entries(file.credHelpers).find(([key]) => isFor(key, registry))?.[1];
  // An empty text takes a registry out of the common helper.
  const helper = own ?? file.credsStore ?? '';
  if (typeof helper !== 'string' || (helper !== '' && !/^[\w.-]+$/.test(helper))) {
    throw broken(file.name, `the name of the credential helper for ${registry} is not a name`);
  }
  if (helper !== '') return { kind: 'helper', name: helper, server, file: file.name };
  const exact = file.auths[server];
  const entry = exact ?? Object.entries(file.auths).find(([key]) => isFor(key, registry))?.[1];
  return entry === undefined ? undefined : login(objectOf(entry, file.name, `the login for ${registry} in it`), file);

  function login(entry: Readonly<Record<string, unknown>>, { name }: AuthFile): Credentials | undefined {
    const text = (member: string) => {
      const value = entry[member] ?? '';
      if (typeof value === 'string') return value;
      throw broken(name, `'${member}' of the login for ${registry} is not a text`);
    };
    const registryToken = text('registrytoken');
    if (registryToken !== '') return { kind: 'registry-token', token: registryToken };
    const identityToken = text('identitytoken');
    if (identityToken !== '') return { kind: 'identity-token', token: identityToken };
    const auth = text('auth');
    if (auth === '') {
      const username = text('username');
      return username === '' ? undefined : { kind: 'basic', username, password: text('password') };
    }
    // Docker once filled the password up with NULs.
    const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = decoded.indexOf(':');
    if (colon < 1) throw broken(name, `'auth' of the login for ${registry} is not the base64 of 'user:password'`);
    return { kind: 'basic', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
}

/** Whether a key means a registry as a whole: `host`, `host/v1/`, `https://host`, … */
function isFor(key: string, registry: string): boolean {
  const host = key.replace(/^https?:\/\//, '').replace(/(\/v[12])?\/?$/, '');
  const name = host.toLowerCase();
  return name === registry || (DOCKER_HUB_HOSTS.has(registry) && DOCKER_HUB_HOSTS.has(name));
}

function broken(file: string, why: string): OperationFailed {
  return new OperationFailed({
    what: `The logins of registries in '${file}' cannot be used: ${why}`,
    cause: 'the file was changed by hand, or cut while it was written',
    next: "Correct or remove it, or sign in again, for example with 'docker login'",
  });
}
