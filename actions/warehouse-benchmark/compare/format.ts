import { Markdown } from '../../../lib/report/markdown.ts';

/** Query numbers for people: `1-13, 15`. */
export function numberRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.length === 0
    ? 'none'
    : ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

/** `67` as the scripts and file names of the benchmark write it: `q67`, `q07`. */
export function queryName(number: number): string {
  return `q${String(number).padStart(2, '0')}`;
}

/** A ratio to the baseline as a change: `+15.3 %`. */
export function change(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
}

/** The band around no change: `±10.0 %`. */
export function bandText(band: number): string {
  return `±${(band * 100).toFixed(1)} %`;
}

/** A figure of our own making, for a table: as text from outside it would get invisible signs. */
export function asIs(figure: string): Markdown {
  return new Markdown(figure);
}
