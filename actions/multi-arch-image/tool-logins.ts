import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type CredentialContext, credentialSource } from '../../lib/registry/credentials/credentials.ts';
import { writeAuthFile } from '../../lib/registry/credentials/write-auth-file.ts';
import type { ToolName } from './builders/choose-tool.ts';

/**
 * Writes a file with the logins for these registries and no others, and answers with the variables that lead a tool to it.
 * Without registries there is no file, and the tool uses its own configuration. The file goes away with the folder.
 */
export async function toolLogins(
  context: CredentialContext,
  tool: ToolName,
  registries: readonly string[],
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  if (registries.length === 0) return {};
  const credentials = credentialSource(context);
  const entries = [];
  for (const registry of new Set(registries)) entries.push({ registry, credentials: await credentials(registry) });
  const folder = path.join(directory, 'docker');
  await mkdir(folder, { mode: 0o700 });
  const file = path.join(folder, 'config.json');
  await writeAuthFile(file, entries);
  // buildah and Podman look into Docker's file as well, whatever REGISTRY_AUTH_FILE says.
  if (tool === 'buildah' || tool === 'podman') return { REGISTRY_AUTH_FILE: file, DOCKER_CONFIG: folder };
  await adoptDockerConfiguration(folder, environment.DOCKER_CONFIG || path.join(os.homedir(), '.docker'));
  return { DOCKER_CONFIG: folder };
}

/** What Docker's configuration says besides logins (builders, plug-ins, the current context) goes on being true. */
async function adoptDockerConfiguration(folder: string, from: string): Promise<void> {
  for (const name of await readdir(from).catch(() => [])) {
    if (name !== 'config.json') await symlink(path.resolve(from, name), path.join(folder, name));
  }
  const text = await readFile(path.join(from, 'config.json'), 'utf8').catch(() => '{}');
  let own: unknown;
  try {
    own = JSON.parse(text);
  } catch {
    return;
  }
  const { auths, credsStore, credHelpers, ...rest } = own as Record<string, unknown>;
  const file = path.join(folder, 'config.json');
  const logins = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...rest, ...logins }), { mode: 0o600 });
}
