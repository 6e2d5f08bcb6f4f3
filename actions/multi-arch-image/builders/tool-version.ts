import { runTool } from '../tool-command.ts';
import type { Tool } from './choose-tool.ts';

/** A tool with its version, for the record: `buildah 1.28.2`; the name alone where the tool does not say. */
export async function toolVersion({ name, program }: Tool, signal: AbortSignal): Promise<string> {
  const [asked, ...words] = {
    buildah: ['buildah', '--version'],
    podman: ['podman', '--version'],
    docker: ['docker', 'buildx', 'version'],
    // The script would start a daemon to answer.
    buildkit: [program === 'buildctl' ? program : 'buildctl', '--version'],
  }[name];
  try {
    const { lastLines } = await runTool(
      { program: asked ?? name, arguments: words, environment: {} },
      { signal, timeout: 30_000 },
    );
    return versionText(name, lastLines);
  } catch {
    signal.throwIfAborted();
    return name;
  }
}

/** Reads the version out of what a tool says about itself. */
export function versionText(name: string, lines: readonly string[]): string {
  const version = /\bv?(\d+\.\d+(\.\d+)?([-+][\w.+-]+)?)/.exec(lines.join('\n'))?.[1];
  return version === undefined ? name : `${name} ${version}`;
}
