import { fixedNumber } from '../../../lib/report/chart/number.ts';
import { type Counted, type Figure, figure } from './figure.ts';
import { dollarsText, priceText, secondsText } from './figure-text.ts';
import type { BenchmarkReport } from './report.ts';
import { sum } from './statistics.ts';

/**
 * What the parts cost in US dollars: RPUs × seconds of the wall clock / 3,600 × the price given. It is an estimate: the
 * bill counts the capacity that really ran, which may scale beyond the base capacity.
 */
export interface Costs {
  readonly warmUp?: Figure;
  readonly single?: Figure;
  readonly concurrent?: Figure;
  readonly total: Figure;
}

/** Redshift Serverless bills a second at a time, and 60 at least (Redshift pricing). */
const LEAST_MS = 60_000;

/** Undefined where capacity or price is not known, or no part with a known wall clock ran. */
export function costOf({ setting, executions, concurrentWallMs }: BenchmarkReport): Costs | undefined {
  const rpus = setting.engine.rpus;
  const price = setting.pricePerRpuHour;
  if (rpus === undefined || price === undefined) return undefined;

  const part = (name: 'warm-up' | 'single' | 'concurrent', passes: number, given?: number): Figure | undefined => {
    const ran = executions.filter((execution) => execution.part === name);
    const wallMs = name === 'concurrent' ? given : sum(ran.map((execution) => execution.wallMs));
    if (ran.length === 0 || wallMs === undefined) return undefined;
    const counted = { counted: ran.length, of: passes * setting.queries.numbers.length, what: 'executions' } as const;
    return partCost(rpus, price, wallMs, counted);
  };
  const warmUp = part('warm-up', setting.warmUps);
  const single = part('single', setting.iterations);
  const concurrent = part('concurrent', setting.sessions, concurrentWallMs);
  const parts = [warmUp, single, concurrent].filter((figure) => figure !== undefined);
  if (parts.length === 0) return undefined;
  return {
    ...(warmUp && { warmUp }),
    ...(single && { single }),
    ...(concurrent && { concurrent }),
    total: totalCost(parts),
  };
}

function partCost(rpus: number, price: number, wallMs: number, counted: Counted): Figure {
  const billed = Math.max(wallMs, LEAST_MS);
  const dollars = ((rpus * billed) / 1000 / 3600) * price;
  const least = billed === wallMs ? '' : ` (the least that is billed; it took ${secondsText(wallMs)})`;
  return figure(
    'USD',
    dollars,
    counted,
    `${fixedNumber(rpus, 0)} RPUs × ${secondsText(billed)}${least} / 3,600 × ${priceText(price)} = ${dollarsText(dollars)}`,
  );
}

function totalCost(parts: readonly Figure[]): Figure {
  const total = sum(parts.map(({ value = 0 }) => value));
  const terms = parts.map(({ value = 0 }) => dollarsText(value)).join(' + ');
  const counted = {
    counted: sum(parts.map((part) => part.counted)),
    of: sum(parts.map(({ of }) => of)),
    what: 'executions',
  } as const;
  return figure('USD', total, counted, parts.length === 1 ? terms : `${terms} = ${dollarsText(total)}`);
}
