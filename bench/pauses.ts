/** How an operation decides when to look again: milliseconds since it began and since the last news. */
type Pauses = (look: { readonly n: number; readonly elapsed: number; readonly quiet: number }) => number;

const growing =
  (cap: number): Pauses =>
  ({ n }) =>
    Math.min(250 * 1.5 ** n, cap);

const POLICIES: Readonly<Record<string, Pauses>> = {
  'every 30 s (AWS CLI)': () => 30_000,
  'growing to 10 s': growing(10_000),
  'growing to 5 s': growing(5_000),
  'growing to 2 s (ours)': growing(2_000),
  'growing to 1 s': growing(1_000),
  'half of the silence, 0.25 to 2 s': ({ quiet }) => Math.min(Math.max(quiet / 2, 250), 2_000),
  '5 % of the time so far, from 0.25 s': ({ elapsed }) => Math.max(elapsed * 0.05, 250),
};
const SECONDS = [10, 40, 120, 600, 1800];
const TRIES = 400;

/**
 * What each way of pausing costs and gains: a calculation, not a measurement. The stack has ten events at random times
 * and ends a second after the last; the number of looks and the mean lag over many such stacks.
 */
export function comparePauses(): void {
  console.log(`\nlooks / mean lag in seconds for a stack of so many seconds (calculated, ${TRIES} stacks each)`);
  console.log(`${''.padEnd(38)}${SECONDS.map((seconds) => `${seconds} s`.padStart(15)).join('')}`);
  for (const [name, pauses] of Object.entries(POLICIES)) {
    const columns = SECONDS.map((seconds) => {
      const random = generator(seconds);
      const stacks = Array.from({ length: TRIES }, () => simulate(pauses, traceOf(seconds * 1000, random)));
      const mean = (value: (stack: Simulated) => number) => stacks.reduce((sum, one) => sum + value(one), 0) / TRIES;
      return `${mean(({ looks }) => looks).toFixed(0)} / ${mean(({ lag }) => lag / 1000).toFixed(2)}`.padStart(15);
    });
    console.log(`${name.padEnd(38)}${columns.join('')}`);
  }
}

interface Simulated {
  readonly looks: number;
  readonly lag: number;
}

/** @param events times in milliseconds, ascending; the last one is the end */
function simulate(pauses: Pauses, events: readonly number[]): Simulated {
  const end = events.at(-1) ?? 0;
  let seen = 0;
  let news = 0;
  for (let n = 0, now = 0; ; n++) {
    if (now >= end) return { looks: n + 1, lag: now - end };
    const known = events.filter((time) => time <= now).length;
    if (known > seen) news = now;
    seen = known;
    now += pauses({ n, elapsed: now, quiet: now - news });
  }
}

function traceOf(length: number, random: () => number): number[] {
  // The length varies by a tenth, so that no policy profits from a round number.
  const last = length * (0.95 + random() / 10);
  return [...Array.from({ length: 10 }, () => random() * (last - 1000)), last - 1000, last].sort((a, b) => a - b);
}

/** Numbers from 0 up to 1, the same ones in each run: a linear congruential generator is random enough for this. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
