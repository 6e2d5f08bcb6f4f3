import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { serverOf } from './auth-files.ts';
import type { Credentials } from './credentials.ts';

/**
 * Writes a file with logins for tools that are handed one: `config.json` in the directory that Docker's and BuildKit's
 * `DOCKER_CONFIG` names, or the file that buildah's `REGISTRY_AUTH_FILE` names. Only its owner can read it (mode 600).
 * The directory must be there; a file that is there is replaced as a whole.
 */
export async function writeAuthFile(
  file: string,
  entries: readonly { readonly registry: string; readonly credentials: Credentials }[],
): Promise<void> {
  const auths = Object.fromEntries(
    entries.flatMap(({ registry, credentials }) => {
      const login = loginOf(credentials);
      return login === undefined ? [] : [[serverOf(registry), login]];
    }),
  );
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    await writeFile(temporary, `${JSON.stringify({ auths }, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function loginOf(credentials: Credentials): Readonly<Record<string, string>> | undefined {
  switch (credentials.kind) {
    case 'anonymous':
      return undefined;
    case 'basic':
      return { auth: base64(`${credentials.username}:${credentials.password}`) };
    case 'identity-token':
      // buildah passes by an entry without a user; this is the name that Docker gives the user of such a token.
      return { auth: base64('<token>:'), identitytoken: credentials.token };
    case 'registry-token':
      return { registrytoken: credentials.token };
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
