import { open } from 'node:fs/promises';
import { describeColumn } from './columns.ts';
import type { EngineResult } from './engine.ts';
import { invalid } from './error.ts';
import { readToken, writeToken } from './pages.ts';

type Rows = Extract<EngineResult, { kind: 'rows' }>;

/** One page of a result as JSON; only that page is read from the file. */
export async function resultAnswer(
  { columns, rows, pages }: Rows,
  file: string,
  format: 'JSON' | 'CSV',
  token: string | undefined,
): Promise<string> {
  const number = token === undefined ? 0 : Number(readToken(token));
  const [offset, length] = pages[number] ?? [0, 0];
  if (token !== undefined && !pages[number]) throw invalid('The token for the next page is not one of this result.');
  const content = await readPart(file, offset, length);
  const rest = {
    ColumnMetadata: columns.map((column) => describeColumn(column)),
    TotalNumRows: rows,
    ...(format === 'CSV' && { ResultFormat: 'CSV' }),
    ...(number + 1 < pages.length && { NextToken: writeToken(String(number + 1)) }),
  };
  const records = format === 'JSON' ? `[${content}]` : JSON.stringify([{ CSVRecords: content }]);
  return `{"Records":${records},${JSON.stringify(rest).slice(1)}`;
}

async function readPart(file: string, offset: number, length: number): Promise<string> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(length);
    await handle.read(buffer, 0, length, offset);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}
