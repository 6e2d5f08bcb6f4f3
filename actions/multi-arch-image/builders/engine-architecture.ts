import { parsePlatform } from '../../../lib/registry/platform.ts';
import { machineArchitecture } from '../machine.ts';
import { runToolOrFail } from '../tool-command.ts';
import type { Tool } from './choose-tool.ts';

/**
 * The architecture that a tool works on. Docker and BuildKit may be only the front of a daemon on another machine, so
 * they are asked; of such a machine nothing else can be seen from here.
 *
 * @throws OperationFailed when the daemon does not answer
 */
export async function engineArchitecture(
  { name, program }: Tool,
  { DOCKER_HOST, DOCKER_CONTEXT }: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ readonly architecture: string; readonly isThisOne: boolean }> {
  const here = { architecture: machineArchitecture(), isThisOne: true };
  const question =
    name === 'docker'
      ? ['version', '--format', '{{.Server.Os}}/{{.Server.Arch}}']
      : program === 'buildctl'
        ? [
            'debug',
            'workers',
            '--format',
            '{{range .}}{{range .Platforms}}{{.OS}}/{{.Architecture}}{{"\\n"}}{{end}}{{end}}',
          ]
        : undefined;
  if (question === undefined) return here;
  // The first platform of a worker is its own; those that it emulates follow.
  const [answer] = await runToolOrFail({ program, arguments: question, environment: {} }, { signal, timeout: 60_000 });
  const architecture = parsePlatform(answer?.trim() ?? '')?.architecture ?? here.architecture;
  const isLocal = name === 'docker' && !DOCKER_HOST && !DOCKER_CONTEXT;
  return { architecture, isThisOne: isLocal && architecture === here.architecture };
}
