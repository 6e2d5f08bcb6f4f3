import { setTimeout as pause } from 'node:timers/promises';
import runJob from '../../../../actions/glue-transform/run-job.ts';
import { createHost } from '../../../../lib/hosts/detect.ts';
import { runOperation } from '../../../../lib/operation/run.ts';

// Runs a job in a process of its own, which a test can kill: `node run-job-process.ts <inputs>`, as a job of GitLab.

const inputs = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, string>>;
process.exitCode = await runOperation({
  operation: runJob,
  host: await createHost({
    environment: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    flags: { json: false, quiet: false },
  }),
  raw: (name) => inputs[name],
  version: '1.2.3',
  clock: { now: () => new Date(), sleep: async (milliseconds) => void (await pause(milliseconds)) },
  randomHex: () => '00',
  signal: new AbortController().signal,
});
