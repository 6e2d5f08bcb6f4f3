// Has a statement running in DuckDB's process, tells that process's number and lives until it is killed.
import { Engine } from '../../local-aws/redshift/engine.ts';
import { ENDLESS } from './redshift-client.ts';

const engine = await Engine.start();
await engine.openInstance('instance');
await engine.connect('instance', 'busy');
await engine.connect('instance', 'other');
const running = engine.run('busy', ENDLESS, { file: '/dev/null/none', format: 'JSON' });
await engine.ask('other', 'select 1');
console.log(engine.pid);
await running;
