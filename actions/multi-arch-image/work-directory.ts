import { mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Json } from '../../lib/hosts/host.ts';
import type { Context } from '../../lib/operation/define.ts';
import { type ToolCommand, tryTool } from './tool-command.ts';

const PREFIX = 'headgate-image-';

/** What a run has on the machine while it works. */
export interface WorkPlace {
  /** Absolute path of a folder that only this user can read. */
  readonly directory: string;
  /** The name of containers and images, which no other run has. */
  readonly name: string;
}

/** How the tool removes what bears the name. What it rests on is JSON without secrets, and outlives a killed job. */
export interface Cleaning<Tool extends Json> {
  readonly tool: Tool;
  readonly commands: (tool: Tool, place: WorkPlace) => readonly ToolCommand[];
}

/**
 * Works in a temporary folder, and removes it at the end, with what the tool left elsewhere. Where the job is killed
 * before that, `cleanUp` does it after the job.
 */
export async function inWorkPlace<Tool extends Json, Result>(
  context: Pick<Context, 'log' | 'randomHex' | 'keepForCleanup'>,
  cleaning: Cleaning<Tool>,
  work: (place: WorkPlace) => Promise<Result>,
): Promise<Result> {
  const name = `${PREFIX}${context.randomHex(8)}`;
  const place = { directory: path.join(os.tmpdir(), name), name };
  await context.keepForCleanup({ ...place, tool: cleaning.tool });
  try {
    await mkdir(place.directory, { mode: 0o700 });
    return await work(place);
  } finally {
    await remove(place, cleaning, context.log);
    await context.keepForCleanup(null);
  }
}

/** Removes what a killed job left; `null` when it left nothing. */
export async function cleanUp<Tool extends Json>(
  state: Json,
  commands: Cleaning<Tool>['commands'],
  log: Pick<Context['log'], 'debug'>,
): Promise<void> {
  if (state === null) return;
  const { directory, name, tool } = state as unknown as WorkPlace & { readonly tool: Tool };
  // The state lies where the job could write.
  if (!new RegExp(`^${PREFIX}[0-9a-f]{16}$`).test(name) || path.basename(directory) !== name) {
    throw new Error('the saved state is not of this operation');
  }
  await remove({ directory, name }, { tool, commands }, log);
}

async function remove<Tool extends Json>(
  place: WorkPlace,
  { tool, commands }: Cleaning<Tool>,
  log: Pick<Context['log'], 'debug'>,
): Promise<void> {
  for (const command of commands(tool, place)) await tryTool(command, log);
  await rm(place.directory, { recursive: true, force: true });
}
