import { readFile } from 'node:fs/promises';
import { Fingerprinter } from '../../actions/warehouse-benchmark/answers/fingerprint.ts';
import type { Fingerprint } from '../../actions/warehouse-benchmark/answers/fingerprint-types.ts';
import type { Row } from '../../actions/warehouse-benchmark/engine/engine.ts';
import { stringArray } from './string-array.ts';

/** Scale factors with an answer set, and the array in the extension that holds it. */
const ARRAYS = { '0.01': 'TPCDS_ANSWERS_SF0_01', '1': 'TPCDS_ANSWERS_SF1' } as const;

export type AnswerSet = keyof typeof ARRAYS;
export const ANSWER_SETS = Object.keys(ARRAYS) as AnswerSet[];

/**
 * Fingerprints of the answers that travel inside DuckDB's tpcds extension, for the queries 1 to 99.
 *
 * @param extension file of the extension
 * @throws Error when it is of another machine or release
 */
export async function readAnswerSet(extension: string, scaleFactor: AnswerSet): Promise<readonly Fingerprint[]> {
  return stringArray(await readFile(extension), ARRAYS[scaleFactor]).map(fingerprintOf);
}

/** @param table a line of column names, then one line a row; values are separated by bars */
export function fingerprintOf(table: string): Fingerprint {
  const [names = [], ...rows] = table
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'));
  const odd = rows.find((row) => row.length !== names.length);
  if (odd !== undefined) throw new Error(`A row has ${odd.length} values, but there are ${names.length} columns.`);
  const fingerprinter = new Fingerprinter();
  fingerprinter.add(rows.map((row): Row => row.map(value)));
  return fingerprinter.result();
}

function value(text: string): string | null {
  if (text === 'NULL') return null;
  return text === '(empty)' ? '' : text;
}
