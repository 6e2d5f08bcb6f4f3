/** How many rows a table has at a scale factor, and by which share of them a right one may differ. */
export interface ExpectedRows {
  readonly rows: number;
  /** 0 means exactly; 0.001 means that a thousandth of `rows` more or less is still right. */
  readonly tolerance: number;
}

/**
 * The rows of the 24 tables at a scale factor, by the table's name in lower case.
 *
 * - 0.01 and 0.1: counted in what DuckDB's tpcds extension 1.5.5 generates. The standard defines no such scale factors and
 *   other generators give other numbers there; the local AWS has the same data.
 * - 1, 1000, 3000 and 10000: "Database Row Counts" in clause 3 of the TPC-DS specification (table 3-2), as IBM's spark-bench,
 *   Apache Kyuubi and a script for SQL Server repeat it.
 * - 10 and 100 are no official scale factors. The numbers are those of the standard's generator in the test scripts of MariaDB
 *   ColumnStore (10 and 100) and of Apache Doris and HammerDB (100); Apache Kyuubi has the same for sales and returns.
 *
 * Which sold items come back is drawn by chance, and the numbers of that differ with the generator: for `store_returns` at scale
 * factor 1 the sources have 287,514 and 287,512 rows, and DuckDB generates 287,867. Counted at 1 and 10, DuckDB's returns differ
 * from the numbers here by 0.16 % at most, and all its other tables have exactly as many rows. From scale factor 1 on, returns
 * may therefore differ by half a percent. Sales may differ by a thousandth, because they are drawn too. Either is far less than
 * the step to the next scale factor, and less than one of 100 files of a load. All other tables, and everything below scale
 * factor 1, are exact.
 *
 * @param scaleFactor gigabytes of raw data
 * @returns undefined for a scale factor that is not among the eight of the scenario's input
 */
export function tableRows(scaleFactor: number): ReadonlyMap<string, ExpectedRows> | undefined {
  const column = SCALE_FACTORS.indexOf(scaleFactor);
  if (column < 0) return undefined;
  return new Map(
    Object.entries(ROWS).map(([table, counts]) => {
      return [table, { rows: counts[column] ?? 0, tolerance: scaleFactor < 1 ? 0 : toleranceOf(table) }];
    }),
  );
}

function toleranceOf(table: string): number {
  if (table.endsWith('_returns')) return 0.005;
  return table.endsWith('_sales') ? 0.001 : 0;
}

type Counts = readonly [number, number, number, number, number, number, number, number];

/** In the order of the numbers of each table. */
const SCALE_FACTORS = [0.01, 0.1, 1, 10, 100, 1000, 3000, 10000];

const ROWS: Readonly<Record<string, Counts>> = {
  call_center: [1, 1, 6, 24, 30, 42, 48, 54],
  catalog_page: [11718, 11718, 11718, 12000, 20400, 30000, 36000, 40000],
  catalog_returns: [1358, 14275, 144067, 1439749, 14404374, 143996756, 432018033, 1440033112],
  catalog_sales: [14313, 143657, 1441548, 14401261, 143997065, 1439980416, 4320078880, 14399964710],
  customer: [1000, 10000, 100000, 500000, 2000000, 12000000, 30000000, 65000000],
  customer_address: [500, 5000, 50000, 250000, 1000000, 6000000, 15000000, 32500000],
  customer_demographics: [19208, 192080, 1920800, 1920800, 1920800, 1920800, 1920800, 1920800],
  date_dim: [73049, 73049, 73049, 73049, 73049, 73049, 73049, 73049],
  household_demographics: [7200, 7200, 7200, 7200, 7200, 7200, 7200, 7200],
  income_band: [20, 20, 20, 20, 20, 20, 20, 20],
  inventory: [23490, 234900, 11745000, 133110000, 399330000, 783000000, 1033560000, 1311525000],
  item: [180, 1800, 18000, 102000, 204000, 300000, 360000, 402000],
  promotion: [3, 30, 300, 500, 1000, 1500, 1800, 2000],
  reason: [1, 3, 35, 45, 55, 65, 67, 70],
  ship_mode: [20, 20, 20, 20, 20, 20, 20, 20],
  store: [1, 1, 12, 102, 402, 1002, 1350, 1500],
  store_returns: [2810, 28576, 287514, 2875432, 28795080, 287999764, 863989652, 2879970104],
  store_sales: [28810, 288464, 2880404, 28800991, 287997024, 2879987999, 8639936081, 28799983563],
  time_dim: [86400, 86400, 86400, 86400, 86400, 86400, 86400, 86400],
  warehouse: [1, 1, 5, 10, 15, 20, 22, 25],
  web_page: [1, 6, 60, 200, 2040, 3000, 3600, 4002],
  web_returns: [679, 7037, 71763, 719217, 7197670, 71997522, 216003761, 720020485],
  web_sales: [7212, 71632, 719384, 7197566, 72001237, 720000376, 2159968881, 7199963324],
  web_site: [1, 3, 30, 42, 24, 54, 66, 78],
};
