import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheDirectory } from '../../../engines/cache.ts';
import { childEnvironment } from '../../../engines/child-environment.ts';
import { EngineError } from '../../../engines/engine-error.ts';
import { packageRoot } from '../../../engines/package-root.ts';
import { findSpark, type SparkSearch } from '../../../engines/spark/find.ts';
import { installSpark } from '../../../engines/spark/install.ts';
import { pairOf, SPARK_PAIRS } from '../../../engines/spark/pairs.ts';
import { requires } from '../../support/requires.ts';

// Spark is installed by version and hash, or not at all.

const run = promisify(execFile);
const java = requires('java', 'Spark runs on it');
const environment = { ...process.env };
let directory: string;
let found: Extract<SparkSearch, { found: true }>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-spark-'));
  found = { found: true, pair: pairOf('5.1'), python: 'python3', javaHome: join(directory, 'java'), javaVersion: 17 };
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(directory, { recursive: true, force: true });
});

/** Requirements of one small package, with the hash that they are given. */
function requirements(hash: string, name = 'iniconfig==2.3.1'): string {
  const file = join(directory, 'requirements.txt');
  writeFileSync(file, `# A comment.\n${name} \\\n    --hash=sha256:${hash}\n`);
  return file;
}
/** Of the wheel of iniconfig 2.3.1, which the pairs themselves need. */
const INICONFIG = hashesOf('iniconfig')[0]!;

function hashesOf(name: string): string[] {
  const file = join(packageRoot(), 'engines', 'spark', 'requirements-glue-5.1.txt');
  const [block = ''] = readFileSync(file, 'utf8')
    .split(/^(?=\S)/m)
    .filter((each) => each.startsWith(`${name}==`));
  return [...block.matchAll(/sha256:(\w+)/g)].map(([, hash]) => hash!);
}

java.test(
  'Spark is there once for all: pyspark, pytest and boto3, and nothing of the user leaks in',
  async () => {
    const search = await findSpark('5.1');
    if (!search.found) throw new Error(search.missing);
    const spark = await installSpark(search);
    const said: string[] = [];
    expect(await installSpark(search, { say: (line) => said.push(line) })).toEqual(spark);
    expect(said).toEqual([]);
    process.env.PYTHONPATH = directory;
    process.env.SPARK_HOME = directory;
    const program =
      'import json, os, sys, boto3, pyspark, pytest\n' +
      'print(json.dumps([pyspark.__version__, sys.version_info[:2], sys.path, dict(os.environ)]))';
    const { stdout } = await run(spark.python, ['-c', program], { env: childEnvironment(spark.variables) });
    const [version, python, path, variables] = JSON.parse(stdout) as [string, number[], string[], object];
    expect([version, python]).toEqual(['3.5.6', [3, 11]]);
    expect(path).toContain(join(packageRoot(), 'engines', 'spark', 'python'));
    expect(path).not.toContain(directory);
    expect(variables).toMatchObject({ SPARK_LOCAL_IP: '127.0.0.1', SPARK_LOCAL_HOSTNAME: 'localhost', TZ: 'UTC' });
    expect(variables).toMatchObject({ SPARK_HOME: expect.stringMatching(/site-packages\/pyspark$/) });
    expect(readdirSync(join(spark.variables.SPARK_HOME!, 'jars'))).toContain('spark-core_2.12-3.5.6.jar');
  },
  300_000,
);

test('each pair has its packages by version and hash, its pyspark, and no address', () => {
  for (const { glueVersion, sparkVersion } of SPARK_PAIRS) {
    const file = join(packageRoot(), 'engines', 'spark', `requirements-glue-${glueVersion}.txt`);
    const [comment = '', ...packages] = readFileSync(file, 'utf8').split(/^(?=\w)/m);
    expect(comment).toMatch(new RegExp(`^# pyspark ${sparkVersion.replaceAll('.', '\\.')} `));
    expect(packages.join('')).not.toMatch(/https?:|--(extra-)?index|--find-links/);
    for (const each of packages) expect(each).toMatch(/^[\w-]+==[\w.]+( \\\n {4}--hash=sha256:[0-9a-f]{64})+\n$/);
    const names = packages.map((each) => each.replace(/==.*/s, ''));
    expect(names).toEqual(expect.arrayContaining(['boto3', 'py4j', 'pyspark', 'pytest', 'setuptools']));
    expect(packages).toContainEqual(expect.stringMatching(new RegExp(`^pyspark==${sparkVersion} `)));
  }
});

test('a file with another hash is refused, also of what only builds pyspark, and nothing is left behind', async () => {
  process.env.HEADGATE_CACHE = directory;
  const installing = installSpark(found, { requirements: requirements('0'.repeat(64), 'setuptools==84.2.1') });
  await expect(installing).rejects.toThrow(EngineError);
  await expect(installing).rejects.toThrow(
    /^Could not install the Python packages of \S+requirements\.txt: .*setuptools.*Expected sha256 0{64}/s,
  );
  expect(readdirSync(cacheDirectory('engines'))).toEqual([]);
}, 300_000);

test('what cannot be imported is not kept; what another process installs is waited for and taken', async () => {
  process.env.HEADGATE_CACHE = directory;
  const said: string[] = [];
  const request = { requirements: requirements(INICONFIG), say: (line: string) => said.push(line) };
  await expect(installSpark(found, request)).rejects.toThrow(
    /^Spark 3\.5\.6 cannot be used by \S+: .*No module named 'boto3'\nLikely cause: .*\. Set HEADGATE_PYTHON to another Python 3\.11\.$/s,
  );
  expect(said).toEqual([expect.stringMatching(/^Installing Spark 3\.5\.6 into .*checked by its hash/)]);
  expect(readdirSync(cacheDirectory('engines'))).toEqual([]);

  const place = /into (\S+) /.exec(said[0]!)![1]!;
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const host = hostname().replaceAll(/[^\w-]/g, '-');
  const unfinished = `${place}-unfinished.${host}.${other.pid}.abc123`;
  mkdirSync(unfinished);
  const installing = installSpark(found, request);
  mkdirSync(join(place, 'bin'), { recursive: true });
  writeFileSync(join(place, 'bin', 'python'), '');
  rmSync(unfinished, { recursive: true });
  expect((await installing).python).toBe(join(place, 'bin', 'python'));
  expect(said).toHaveLength(1);
  other.stdin.end();
  await once(other, 'exit');
}, 300_000);

test('it stops when the run is cancelled, and leaves nothing', async () => {
  process.env.HEADGATE_CACHE = directory;
  const cancelled = new Error('cancelled');
  const signal = AbortSignal.abort(cancelled);
  await expect(installSpark(found, { requirements: requirements(INICONFIG), signal })).rejects.toBe(cancelled);
  expect(readdirSync(cacheDirectory('engines'))).toEqual([]);
});
