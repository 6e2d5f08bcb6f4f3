// Has a statement running in DuckDB's process, tells that process's number and lives until it is killed.
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import { ENDLESS, keptLog } from './support.ts';

const { signal } = new AbortController();
const engine = await connectDuckdb({ scaleFactor: 0.01, log: keptLog(), signal });
const session = await engine.openSession('orphan');
const running = session.run(ENDLESS, { signal });
await (await engine.openSession('other')).run('select 1', { signal });
console.log(engine.pid);
await running;
