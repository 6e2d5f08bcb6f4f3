import path from 'node:path';
import { execa } from 'execa';

export interface Command {
  /** In a word, `{turn}` is the number of the turn. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The exit code that counts as a good run. */
  readonly exit?: number;
  readonly cwd?: string;
  /** What is run first, with the same environment, and not measured. */
  readonly before?: readonly string[];
}

export interface Measured {
  /** Medians over the runs. */
  readonly seconds: number;
  readonly megabytes: number;
  readonly all: readonly { readonly seconds: number; readonly kilobytes: number }[];
}

/** Measures commands in turn, so that a drift of the machine meets all of them alike. */
export async function measure<Name extends string>(
  commands: Readonly<Record<Name, Command>>,
  runs: number,
  warmup = 2,
): Promise<Readonly<Record<Name, Measured>>> {
  const withExit = Object.fromEntries(
    Object.entries<Command>(commands).map(([name, command]) => [name, { exit: 0, ...command }]),
  );
  const { stdout } = await execa('python3', [path.join(import.meta.dirname, 'measure.py')], {
    input: JSON.stringify({ runs, warmup, commands: withExit }),
  });
  const results = JSON.parse(stdout) as Record<string, Measured['all']>;
  return Object.fromEntries(
    Object.entries(results).map(([name, all]) => [
      name,
      {
        seconds: median(all.map(({ seconds }) => seconds)),
        megabytes: median(all.map(({ kilobytes }) => kilobytes)) / 1024,
        all,
      },
    ]),
  ) as unknown as Readonly<Record<Name, Measured>>;
}

/** The median of a's times over b's, run by run: a pair ran at the same moment. */
export function pairedRatio(a: Measured, b: Measured): number {
  return median(a.all.map(({ seconds }, index) => seconds / (b.all[index]?.seconds ?? Number.NaN)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
