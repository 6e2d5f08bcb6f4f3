import path from 'node:path';
import { execa } from 'execa';
import type { Task, Told } from './task.ts';

export interface Contestant {
  /** One of the scripts beside this file. */
  readonly script: 'harness.ts' | 'driver.ts' | 'sdk.ts';
  readonly task: Task;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs the contestants in turn, every other time in the opposite order, each time in a new process.
 *
 * @param onEnd is told whenever one has ended
 */
export async function inTurn<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  rounds: number,
  onEnd: (name: string) => void = () => {},
): Promise<Readonly<Record<Name, readonly Told[]>>> {
  const told = new Map<string, Told[]>(Object.keys(contestants).map((name) => [name, []]));
  const order = Object.entries<Contestant>(contestants);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, contestant] of order) {
      told.get(name)?.push(await runOnce(contestant));
      onEnd(name);
    }
    order.reverse();
  }
  return Object.fromEntries(told) as unknown as Readonly<Record<Name, readonly Told[]>>;
}

export async function runOnce({ script, task, env = {} }: Contestant): Promise<Told> {
  const { stdout } = await execa(process.execPath, [path.join(import.meta.dirname, script), JSON.stringify(task)], {
    env,
  });
  return JSON.parse(stdout) as Told;
}
