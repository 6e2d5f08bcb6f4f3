import path from 'node:path';
import type { Context } from '../../../lib/operation/define.ts';
import type { Inputs } from '../../../lib/operation/inputs.ts';
import { openQueries } from '../queries/open.ts';
import type { Query, QuerySet } from '../queries/query-set.ts';
import { standardTexts } from '../queries/standard-texts.ts';
import type { Setting } from '../report/report.ts';
import type { MEASURE_INPUTS } from './inputs.ts';

type MeasureContext = Context<typeof MEASURE_INPUTS>;

/** The queries that were asked for, read whole before anything runs. */
export async function queriesOf(
  { inputs, log, signal, workspace }: MeasureContext,
  sessions: number,
): Promise<QuerySet> {
  return await openQueries({
    folder: inputs['query-folder'],
    filter: inputs.queries,
    streams: sessions,
    workspace,
    standard: () => standardTexts({ log, signal }),
  });
}

/** The queries with all texts that they have in the streams in use. */
export function textsOf(queries: QuerySet, sessions: number): readonly Query[] {
  const streams = queries.hasStreams ? sessions : 0;
  return Array.from({ length: streams + 1 }, (_, stream) => queries.stream(stream)).flat();
}

/** What was asked for, as the report says it. */
export function askedOf(
  inputs: Inputs<typeof MEASURE_INPUTS>,
  scaleFactor: number,
  explain: boolean,
): Omit<Setting, 'engine' | 'queries'> {
  const price = inputs['price-per-rpu-hour'];
  return {
    scaleFactor,
    // A plan is the same for every user and at every repetition.
    ...(explain
      ? { mode: 'explain' as const, sessions: 0, iterations: 1, warmUps: 0 }
      : {
          mode: 'measure' as const,
          sessions: inputs.sessions,
          iterations: inputs.iterations,
          warmUps: inputs['warm-ups'],
        }),
    timeoutMs: inputs['query-timeout'] * 1000,
    ...(price === undefined ? {} : { pricePerRpuHour: price }),
  };
}

/** A name that sorts by time and is unique: `20261201-094947-1f2e`. */
export function newRunName({ clock, randomHex }: Pick<Context, 'clock' | 'randomHex'>): string {
  const [date, time] = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${date}-${time}-${randomHex(2)}`;
}

export function folderOf(output: string, run: string): string {
  return path.join(output, run);
}
