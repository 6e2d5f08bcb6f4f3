import { describe, expect, test } from '@jest/globals';
import { tableRows } from '../../../../actions/warehouse-benchmark/warehouse/table-rows.ts';

const OFFICIAL = [0.01, 0.1, 1, 10, 100, 1000, 3000, 10000];
const rowsOf = (scaleFactor: number, table: string) => tableRows(scaleFactor)?.get(table)?.rows;

describe('rows of the tables', () => {
  test.each(OFFICIAL)('all 24 tables have rows at scale factor %d', (scaleFactor) => {
    const tables = tableRows(scaleFactor)!;
    expect(tables.size).toBe(24);
    for (const { rows, tolerance } of tables.values()) {
      expect(rows).toBeGreaterThan(0);
      expect(Number.isInteger(rows)).toBe(true);
      expect(tolerance).toBeLessThanOrEqual(0.005);
    }
  });

  test('a dimension that does not grow has the same rows everywhere', () => {
    for (const scaleFactor of OFFICIAL) {
      expect(rowsOf(scaleFactor, 'date_dim')).toBe(73049);
      expect(rowsOf(scaleFactor, 'time_dim')).toBe(86400);
    }
  });

  test('sales and returns grow with the scale factor, and their ratio stays that of the standard', () => {
    for (const channel of ['store', 'catalog', 'web']) {
      for (const scaleFactor of OFFICIAL.slice(2)) {
        const [sales, returns] = [rowsOf(scaleFactor, `${channel}_sales`)!, rowsOf(scaleFactor, `${channel}_returns`)!];
        expect(returns / sales).toBeCloseTo(0.1, 2);
        expect(sales / rowsOf(1, `${channel}_sales`)! / scaleFactor).toBeCloseTo(1, 2);
      }
    }
  });

  // Counted once in what its tpcds extension 1.5.5 generates; too much data for a test.
  test.each([
    [1, { catalog_returns: 144_067, store_returns: 287_867, web_returns: 71_654 }],
    [10, { catalog_returns: 1_441_224, store_returns: 2_877_532, web_returns: 719_222 }],
  ])("DuckDB's returns at scale factor %d are within the tolerance", (scaleFactor, generated) => {
    for (const [table, count] of Object.entries(generated)) {
      const { rows, tolerance } = tableRows(scaleFactor)!.get(table)!;
      expect(Math.abs(rows - count)).toBeLessThanOrEqual(rows * tolerance);
    }
  });

  test('no tolerance reaches from one scale factor to another', () => {
    const most = (scaleFactor: number, sign: 1 | -1) => {
      const { rows, tolerance } = tableRows(scaleFactor)!.get('store_sales')!;
      return rows * (1 + sign * tolerance);
    };
    for (const [index, scaleFactor] of OFFICIAL.entries()) {
      const next = OFFICIAL[index + 1];
      if (next !== undefined) expect(most(scaleFactor, 1)).toBeLessThan(most(next, -1));
    }
  });

  test('only sales and returns have a tolerance, and none below scale factor 1', () => {
    const tolerant = (scaleFactor: number) =>
      [...tableRows(scaleFactor)!].filter(([, { tolerance }]) => tolerance > 0).map(([table]) => table);
    expect(tolerant(0.01)).toEqual([]);
    expect(tolerant(0.1)).toEqual([]);
    expect(tolerant(3000)).toEqual([
      'catalog_returns',
      'catalog_sales',
      'store_returns',
      'store_sales',
      'web_returns',
      'web_sales',
    ]);
  });

  test.each([0, 2, 300, 30000, Number.NaN])('there is nothing for scale factor %d', (scaleFactor) => {
    expect(tableRows(scaleFactor)).toBeUndefined();
  });
});
