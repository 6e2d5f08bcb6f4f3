import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.ts';

/** The first one that reads lock files as we write them. */
const OLDEST = 7;

/**
 * The command that runs npm: the one on the PATH, or the one that came with this Node, where the other is absent or too old.
 *
 * @throws Error that says what was found
 */
export async function findNpm(node = process.execPath): Promise<readonly [string, ...string[]]> {
  const withNode = join(dirname(node), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const commands: (readonly [string, ...string[]])[] = [
    ['npm'],
    ...(existsSync(withNode) ? [[node, withNode] as const] : []),
  ];
  const problems: string[] = [];
  for (const command of commands) {
    const version = await runProgram([...command, '--version']).then(
      (said) => said.trim(),
      (error: Error) => error.message,
    );
    const [, major] = /^(\d+)\.\d+\.\d/.exec(version) ?? [];
    if (Number(major) >= OLDEST) return command;
    problems.push(major === undefined ? `${command.at(-1)}: ${version}` : `${command.at(-1)} is version ${version}`);
  }
  throw new Error(`npm ${OLDEST} or newer was not found.\n${problems.join('\n')}`);
}
