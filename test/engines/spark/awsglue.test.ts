import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { DYNAMIC_FRAME_MEMBERS } from '../../../actions/glue-transform/transforms/facts/dynamic-frame.ts';
import { childEnvironment } from '../../../engines/child-environment.ts';
import { findSpark } from '../../../engines/spark/find.ts';
import { installSpark } from '../../../engines/spark/install.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { requires } from '../../support/requires.ts';

// The stand-in for awsglue gives what plain PySpark gives: the tests are pytest's, on one Spark session and the local AWS.

const INSTALL_AND_RUN_MS = 15 * 60_000;

const java = requires('java', 'Spark runs on it');
const folder = join(import.meta.dirname, 'python');
const suites = readdirSync(folder).filter((name) => /^test_\w+\.py$/.test(name));

let aws: LocalAws | undefined;
let temporary: string | undefined;
let printed = '';
let complaints = '';
let exitCode: unknown;

beforeAll(async () => {
  if (java.path === '') return;
  const found = await findSpark('5.1');
  if (!found.found) throw new Error(found.missing);
  const spark = await installSpark(found);
  aws = await startLocalAws();
  temporary = mkdtempSync(join(tmpdir(), 'headgate-awsglue-'));
  const pytest = [
    '-m',
    'pytest',
    '-p',
    'no:cacheprovider',
    '-q',
    '-rA',
    '--tb=short',
    '--show-capture=no',
    '--basetemp',
  ];
  const child = spawn(spark.python, [...pytest, join(temporary, 'pytest'), folder], {
    cwd: temporary,
    env: childEnvironment({
      ...spark.variables,
      ...aws.environment,
      AWS_DEFAULT_REGION: aws.environment.AWS_REGION,
      GLUE_DYNAMIC_FRAME_MEMBERS: [...DYNAMIC_FRAME_MEMBERS].join(' '),
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  [printed, complaints, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
}, INSTALL_AND_RUN_MS);

afterAll(async () => {
  await aws?.stop();
  if (temporary) rmSync(temporary, { recursive: true, force: true });
});

java.test('pytest ran, and every test of it passed', () => {
  expect(exitCode === 0 ? '' : withoutPassed(printed) + complaints.slice(-2000)).toBe('');
  expect(exitCode).toBe(0);
});

for (const suite of suites) {
  java.test(`${suite} has tests, and they pass`, () => {
    const outcomes = outcomesOf(suite);
    expect(outcomes.filter((line) => !line.startsWith('PASSED'))).toEqual([]);
    expect(outcomes).not.toEqual([]);
  });
}

function withoutPassed(output: string): string {
  return output.replace(/^PASSED .*\n/gm, '');
}

/** The lines of pytest's summary about a file, as 'PASSED test_files.py::test_compression'. */
function outcomesOf(suite: string): string[] {
  return printed
    .split('\n')
    .filter((line) => /^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/.test(line) && line.includes(suite));
}
