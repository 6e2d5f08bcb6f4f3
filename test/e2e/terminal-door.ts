import path from 'node:path';
import { execa } from 'execa';
import type { LocalAws } from '../../local-aws/start.ts';
import type { Call, Door, Result } from './door.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** Loaded before the program: says the largest resident set at its end. */
const REPORT_PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))`;

/** The terminal: `headgate <operation> --input value --json` in the working copy, on the branch. */
export async function openTerminal(repository: ScratchRepository, aws: LocalAws): Promise<Door> {
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  return {
    name: 'terminal',
    run: async ({ operation, inputs, happening }: Call): Promise<Result> => {
      const flags = Object.entries({ ...subjectOf(operation, happening.branch, repository), ...inputs }).flatMap(
        ([name, value]) => [`--${name}=${value}`],
      );
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        ['--import', REPORT_PEAK, program, ...operation.split(' '), ...flags, '--json'],
        {
          cwd: repository.directory,
          env: { ...cleanEnvironment(), ...aws.environment, ...reachable(operation, repository) },
          extendEnv: false,
          reject: false,
        },
      );
      const [, peak = '0'] = /^peak (\d+)$/m.exec(stderr) ?? [];
      const log = `${stdout}\n${stderr}`;
      return { exitCode: exitCode ?? -1, outputs: outputsOf(stdout), log, peakKilobytes: Number(peak) };
    },
  };
}

/** Operations on one branch are told which; those on all of a repository's branches, which repository. */
function subjectOf(operation: string, branch: string, { id }: ScratchRepository): Record<string, string> {
  if (listsBranches(operation)) return { repository: id };
  return operation.startsWith('branch-stack ') ? { branch } : {};
}

/** The address of `origin` is GitHub's; for what asks it, git goes to the repository that stands for it. */
export function reachable(operation: string, { bare }: ScratchRepository): Record<string, string> {
  if (!listsBranches(operation) && operation !== 'doctor run') return {};
  const address = 'https://github.com/octo-org/shop.git';
  return { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.${bare}.insteadOf`, GIT_CONFIG_VALUE_0: address };
}

function listsBranches(operation: string): boolean {
  return ['branch-stack list', 'branch-stack sweep', 'multi-arch-image clean'].includes(operation);
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
