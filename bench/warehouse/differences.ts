import { median } from '../measure.ts';
import type { Lap, Told } from './task.ts';

/** The budget of the harness, for each query: the greater of the two. */
const BUDGET_MS = 0.5;
const BUDGET_SHARE = 0.01;

/** One query of one session: medians over the rounds, in milliseconds. */
interface Difference {
  readonly query: number;
  readonly floorMs: number;
  /** What ours took longer until the next query could begin, round by round. */
  readonly moreMs: number;
  /** What ours took: in the engine, for the rest (messages or calls, fingerprints), and after it for journal and log. */
  readonly engineMs: number;
  readonly restMs: number;
  readonly pauseMs: number;
}

/** Which passes of each run are looked at, from 1. */
const FIRST: readonly number[] = [1];

/** Prints the wall clocks of contestants, as ratios to the first one, pair by pair. */
export function printWalls(results: Readonly<Record<string, readonly Told[]>>, passes = FIRST): void {
  const [floor = []] = Object.values(results);
  const wallsOf = (all: readonly Told[]) =>
    all.flatMap(({ wallMs }) => passes.map((pass) => wallMs[pass - 1] ?? Number.NaN));
  const floorWalls = wallsOf(floor);
  console.log(`${''.padEnd(38)}ms  x floor`);
  for (const [name, all] of Object.entries(results)) {
    const walls = wallsOf(all);
    const wall = median(walls);
    const ratio = median(walls.map((each, index) => each / (floorWalls[index] ?? Number.NaN)));
    console.log(`  ${name.padEnd(30)}${wall.toFixed(0).padStart(8)}  ${ratio.toFixed(3).padStart(7)}`);
  }
}

/** Prints what each query took longer than on the floor, and where the time went. */
export function printDifferences(ours: readonly Told[], floor: readonly Told[], passes = FIRST): void {
  const all = differencesOf(ours, floor, passes);
  const mean = (member: keyof Difference) => all.reduce((sum, each) => sum + each[member], 0) / all.length;
  const within = all.filter(({ floorMs, moreMs }) => moreMs <= Math.max(BUDGET_MS, floorMs * BUDGET_SHARE));
  const middle = median(all.map(({ moreMs }) => moreMs));
  const share = median(all.map(({ moreMs, floorMs }) => moreMs / floorMs));
  console.log(
    `  more a query: median ${middle.toFixed(2)} ms (${percent(share)}), mean ${mean('moreMs').toFixed(2)} ms (${percent(mean('moreMs') / mean('floorMs'))})`,
  );
  const parts = PARTS.map(([member, name]) => `${mean(member).toFixed(2)} ${name}`).join(' + ');
  console.log(`  means: ${mean('floorMs').toFixed(2)} ms on the floor; ours ${parts} ms`);
  console.log(
    `  within ${BUDGET_MS} ms or ${percent(BUDGET_SHARE)}: ${within.length} of ${all.length} queries; the furthest are ${furthest(all)}`,
  );
}

const PARTS = [
  ['engineMs', 'in the engine'],
  ['restMs', 'for messages and fingerprints'],
  ['pauseMs', 'for journal and log'],
] as const satisfies readonly (readonly [keyof Difference, string])[];

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function furthest(all: readonly Difference[]): string {
  const sorted = [...all].sort((a, b) => b.moreMs - a.moreMs).slice(0, 3);
  return sorted
    .map(({ query, moreMs, floorMs }) => `${query} (${floorMs.toFixed(1)} + ${moreMs.toFixed(1)})`)
    .join(', ');
}

function differencesOf(
  ours: readonly Told[],
  floor: readonly Told[],
  passes: readonly number[],
): readonly Difference[] {
  const rounds = ours.flatMap((told, round) =>
    passes.map((pass) => ({ mine: byKey(told, pass), theirs: byKey(floor[round], pass) })),
  );
  const [first] = rounds;
  return [...(first?.mine ?? [])].map(([key, { query }]) => {
    const pairs = rounds.flatMap(({ mine, theirs }) => {
      const [lap, bare] = [mine.get(key), theirs.get(key)];
      return lap === undefined || bare === undefined ? [] : [{ lap, bare }];
    });
    const middle = (of: (pair: { lap: Lap; bare: Lap }) => number) => median(pairs.map(of));
    return {
      query,
      floorMs: middle(({ bare }) => bare.ms),
      moreMs: middle(({ lap, bare }) => lap.ms + (lap.pauseMs ?? 0) - bare.ms),
      engineMs: middle(({ lap }) => lap.engineMs ?? 0),
      restMs: middle(({ lap }) => lap.ms - (lap.engineMs ?? 0)),
      pauseMs: middle(({ lap }) => lap.pauseMs ?? 0),
    };
  });
}

function byKey(told: Told | undefined, pass: number): ReadonlyMap<string, Lap> {
  const laps = told?.laps.filter((lap) => lap.pass === pass) ?? [];
  return new Map(laps.map((lap) => [`${lap.session} ${lap.query}`, lap]));
}
