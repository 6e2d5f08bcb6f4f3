import path from 'node:path';
import { execa } from 'execa';
import type { LocalAws } from '../../local-aws/start.ts';
import type { Call, Door, Result } from './door.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** The terminal: `headgate <operation> --input value --json` in the working copy, on the branch. */
export async function openTerminal(repository: ScratchRepository, aws: LocalAws): Promise<Door> {
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  return {
    name: 'terminal',
    run: async ({ operation, inputs, happening }: Call): Promise<Result> => {
      const branch = operation.startsWith('branch-stack ') ? { branch: happening.branch } : {};
      const flags = Object.entries({ ...branch, ...inputs }).flatMap(([name, value]) => [`--${name}=${value}`]);
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        [program, ...operation.split(' '), ...flags, '--json'],
        {
          cwd: repository.directory,
          env: { ...cleanEnvironment(), ...aws.environment },
          extendEnv: false,
          reject: false,
        },
      );
      return { exitCode: exitCode ?? -1, outputs: outputsOf(stdout), log: `${stdout}\n${stderr}` };
    },
  };
}

/** What a job needs of the surrounding environment; none of a host's or AWS's variables. */
export function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env;
  return { PATH: `${path.dirname(process.execPath)}${path.delimiter}${PATH}`, HOME, LANG };
}

function outputsOf(stdout: string): Record<string, string> {
  const line = stdout.split('\n').find((text) => text.startsWith('{"outputs"'));
  return line === undefined ? {} : (JSON.parse(line) as { outputs: Record<string, string> }).outputs;
}
