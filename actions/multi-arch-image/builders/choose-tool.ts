import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { OperationFailed } from '../../../lib/errors.ts';

export const TOOL_NAMES = ['buildah', 'podman', 'buildkit', 'docker'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** A tool that is on this machine. */
export type Tool =
  | { readonly name: 'buildah' | 'podman' | 'docker'; readonly program: 'buildah' | 'podman' | 'docker' }
  | { readonly name: 'buildkit'; readonly program: 'buildctl' | 'buildctl-daemonless.sh' };

/**
 * The tool to use: the one named, or the first of `TOOL_NAMES` that is there. BuildKit is `buildctl` where BUILDKIT_HOST
 * names a daemon, otherwise `buildctl-daemonless.sh`.
 *
 * @param has whether a program is on PATH
 * @throws OperationFailed when there is none, saying what to install
 */
export function chooseTool(
  asked: 'auto' | ToolName,
  environment: NodeJS.ProcessEnv,
  has: (program: string) => boolean = (program) => onPath(program, environment),
): Tool {
  for (const name of asked === 'auto' ? TOOL_NAMES : [asked]) {
    const tool = present(name, environment, has);
    if (tool !== undefined) return tool;
  }
  if (asked === 'auto') {
    throw new OperationFailed({
      what: 'There is no tool that builds images: none of buildah, podman, buildctl-daemonless.sh and docker is on PATH',
      cause: 'the runner, or the image of the job, has none of them',
      next: "Install buildah, which needs no daemon (Debian and Ubuntu: 'apt-get install buildah')",
    });
  }
  throw new OperationFailed({
    what: `${asked} is asked for, and ${asked === 'buildkit' ? missingBuildkit(environment) : `${asked} is not on PATH`}`,
    cause: 'the runner, or the image of the job, does not have it',
    next: `Install ${asked}, or write 'auto' for 'tool' to use what is there`,
  });
}

function present(
  name: ToolName,
  { BUILDKIT_HOST }: NodeJS.ProcessEnv,
  has: (program: string) => boolean,
): Tool | undefined {
  if (name !== 'buildkit') return has(name) ? { name, program: name } : undefined;
  if (BUILDKIT_HOST && has('buildctl')) return { name, program: 'buildctl' };
  return has('buildctl-daemonless.sh') ? { name, program: 'buildctl-daemonless.sh' } : undefined;
}

function missingBuildkit({ BUILDKIT_HOST }: NodeJS.ProcessEnv): string {
  return BUILDKIT_HOST
    ? 'neither buildctl nor buildctl-daemonless.sh is on PATH'
    : 'buildctl-daemonless.sh is not on PATH, and BUILDKIT_HOST names no daemon for buildctl';
}

/** Whether a program is on PATH. */
export function onPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(path.delimiter).some((directory) => {
    if (directory === '') return false;
    const file = path.join(directory, program);
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
