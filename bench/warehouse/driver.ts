// The floor of the embedded engine: the driver called directly, a connection a session. Each row is fetched; where the task
// reads rows, as values of JavaScript; none is kept.
//
//   node driver.ts <task>
import { createRequire } from 'node:module';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { dataPlace } from '../../engines/duckdb/place.ts';
import { givenTask, runBare, tell } from './task.ts';

interface Connection {
  stream(sql: string): Promise<{
    fetchChunk(): Promise<{ readonly rowCount: number } | null>;
    yieldRowsJson(): AsyncIterable<readonly unknown[][]>;
  }>;
}

const task = givenTask();
const { DuckDBInstance } = createRequire(`${await installDuckdb()}/`)('@duckdb/node-api');
const instance = await DuckDBInstance.create(dataPlace(task.scaleFactor).file, { access_mode: 'READ_ONLY' });
const connections = await Promise.all(
  Array.from({ length: Math.max(task.sessions, 1) }, async () => (await instance.connect()) as Connection),
);

const users = connections.map((connection) => async (sql: string) => {
  const result = await connection.stream(sql);
  if (task.checksAnswers) for await (const _ of result.yieldRowsJson());
  else while (((await result.fetchChunk())?.rowCount ?? 0) > 0);
});
tell(await runBare(task, users));
