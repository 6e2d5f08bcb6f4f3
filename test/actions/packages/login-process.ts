import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

// A login as a process of its own, which kills itself at a moment that the test names:
//
//   node login-process.ts <inputs as JSON> <which replacement of a file> <before|after>

const [, , inputs = '{}', which = '0', moment = ''] = process.argv;

const { rename } = fs;
let replaced = 0;
fs.rename = async (from, to) => {
  replaced += 1;
  const isIt = String(replaced) === which;
  if (isIt && moment === 'before') process.kill(process.pid, 'SIGKILL');
  await rename(from, to);
  if (isIt && moment === 'after') process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();

const { createHost } = await import('../../../lib/hosts/detect.ts');
const { runOperation } = await import('../../../lib/operation/run.ts');
const { default: operation } = await import('../../../actions/packages/login.ts');

const given: Readonly<Record<string, string>> = JSON.parse(inputs);
const { stdout, stderr, env: environment } = process;
process.exitCode = await runOperation({
  operation,
  host: await createHost({
    environment,
    cwd: process.cwd(),
    stdout,
    stderr,
    flags: { json: false, quiet: false },
  }),
  raw: (name) => given[name],
  version: JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version,
  clock: {
    now: () => new Date(),
    sleep: (milliseconds, signal) => pause(milliseconds, undefined, signal === undefined ? {} : { signal }),
  },
  randomHex: () => '00',
  signal: new AbortController().signal,
});
