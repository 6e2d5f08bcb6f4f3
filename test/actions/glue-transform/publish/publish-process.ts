import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import publish from '../../../../actions/glue-transform/publish.ts';
import retire from '../../../../actions/glue-transform/retire.ts';
import { runOperation } from '../../../../lib/operation/run.ts';
import { memoryHost } from '../../../support/memory-host.ts';

// Runs one operation in a process of its own, which a test can kill: `node publish-process.ts publish <inputs> <workspace>`.

const [verb = '', given = '{}', workspace = ''] = process.argv.slice(2);
const inputs = JSON.parse(given) as Readonly<Record<string, string>>;
const kept = memoryHost({
  surroundings: { serverHost: 'github.com', repositoryPath: 'octo-org/shop', event: { kind: 'manual' } },
});
process.exitCode = await runOperation({
  operation: verb === 'retire' ? retire : publish,
  host: { ...kept, workspace },
  raw: (name) => inputs[name],
  version: '1.2.3',
  clock: { now: () => new Date(), sleep: (milliseconds) => pause(milliseconds) },
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  signal: new AbortController().signal,
});
kept.remove();
for (const { message } of kept.annotations) process.stderr.write(`${message}\n`);
