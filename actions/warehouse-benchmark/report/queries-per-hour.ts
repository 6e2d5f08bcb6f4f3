import { fixedNumber } from '../../../lib/report/chart/number.ts';
import { type Figure, figure, NOTHING, noFigure } from './figure.ts';
import { countText, formulaTime } from './figure-text.ts';
import type { Execution } from './report.ts';

/** Passed executions an hour of a wall clock, which failed ones take their part of. */
export function queriesPerHour(executions: readonly Execution[], planned: number, wallMs: number | undefined): Figure {
  const passed = executions.filter(({ status }) => status === 'passed').length;
  const counted = { counted: passed, of: planned, what: 'executions' } as const;
  if (wallMs === undefined) return noFigure('queries/h', counted, 'the wall clock is not known');
  if (passed === 0 || wallMs === 0) return noFigure('queries/h', counted, NOTHING);
  const value = (passed / wallMs) * 3_600_000;
  return figure(
    'queries/h',
    value,
    counted,
    `${countText(passed, 'execution')} / ${formulaTime(wallMs)} × 3,600 s = ${fixedNumber(value, 0)} queries/h`,
  );
}
