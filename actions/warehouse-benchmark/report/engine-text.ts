import { fixedNumber } from '../../../lib/report/chart/number.ts';
import type { Setting } from './report.ts';

/** What ran the queries, for people: `Redshift Serverless with 128 RPUs`. It is text from outside. */
export function engineText(engine: Setting['engine']): string {
  const capacity = engine.rpus === undefined ? '' : ` with ${fixedNumber(engine.rpus, 0)} RPUs`;
  switch (engine.engine) {
    case 'redshift':
      return `Redshift Serverless${capacity}`;
    case 'duckdb':
      return `DuckDB ${engine.version}${engine.threads === undefined ? '' : ` with ${engine.threads} threads`}`;
    case 'imported':
      return `imported from ${engine.version}${capacity}`;
  }
}
