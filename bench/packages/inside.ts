import { execa } from 'execa';
import { type Command, median } from '../measure.ts';

/** What the stopwatch of a script told. */
export interface Lap {
  readonly seconds: number;
  /** Seconds that the cores worked for the process. */
  readonly cores: number;
}

/** What a script tells of itself, by what it did. */
export type Told = Readonly<Record<string, Lap>>;

/** Runs scripts that tell their own times, in turn. Their start is not in the times. */
export async function measureInside<Name extends string>(
  commands: Readonly<Record<Name, Command>>,
  runs: number,
): Promise<Readonly<Record<Name, readonly Told[]>>> {
  const told = new Map<string, Told[]>();
  for (let run = 0; run < runs; run++) {
    for (const [name, { argv, env, cwd = '.' }] of Object.entries<Command>(commands)) {
      const { stdout } = await execa(argv[0] ?? '', argv.slice(1), { cwd, env, extendEnv: false });
      told.set(name, [...(told.get(name) ?? []), JSON.parse(stdout) as Told]);
    }
  }
  return Object.fromEntries(told) as unknown as Readonly<Record<Name, readonly Told[]>>;
}

/** The median of a's times over b's, run by run: a pair ran at nearly the same moment. */
export function ratioOf(a: readonly Lap[], b: readonly Lap[]): number {
  return median(a.map(({ seconds }, index) => seconds / (b[index]?.seconds ?? Number.NaN)));
}
