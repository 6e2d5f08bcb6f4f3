// The steps of scripts/test, once its tools are there. The last line is `N passed, N failed`.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { scenarioNames } from './scenarios.ts';

const root = path.resolve(import.meta.dirname, '..');
const bin = (...parts: string[]) => path.join(root, 'node_modules', ...parts);

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const scenario = process.argv[2];
const known = await scenarioNames(root);
if (scenario !== undefined && !known.includes(scenario)) {
  console.error(`scripts/test: there is no scenario '${scenario}'; there are ${known.join(', ')}`);
  process.exit(2);
}

if (scenario === undefined) {
  await step('types', [bin('typescript', 'bin', 'tsc'), '--noEmit']);
  await step('format and lint', [
    bin('@biomejs', 'biome', 'bin', 'biome'),
    'ci',
    '--colors=off',
    '--error-on-warnings',
    '.',
  ]);
}
await step('release tree', [path.join(root, 'scripts', 'release.ts')]);
process.exitCode = await runTests();

async function step(title: string, command: readonly string[]): Promise<void> {
  console.log(`== ${title}`);
  const { exitCode } = await execa(process.execPath, [...command], {
    cwd: root,
    stdio: 'inherit',
    reject: false,
  });
  if (exitCode === 0) return;
  console.log(`'${title}' failed; no test was run.\n0 passed, 1 failed`);
  process.exit(1);
}

/** Runs jest and says what was skipped and why. A skip that nobody expected has failed as a test already. */
async function runTests(): Promise<number> {
  console.log('== tests');
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'headgate-test-'));
  const report = path.join(temporary, 'results.json');
  const only = scenario === undefined ? [] : await suitesOf(scenario);
  // A server that a failed suite left open must not hold the run; the results are complete by then.
  const jest = [bin('jest', 'bin', 'jest.js'), '--forceExit', '--json', `--outputFile=${report}`, ...only];
  try {
    await execa(process.execPath, ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...jest], {
      cwd: root,
      stdin: 'ignore',
      // The JSON that jest prints on standard output is in the file as well.
      stdout: 'ignore',
      stderr: 'inherit',
      reject: false,
      env: {
        NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
        HEADGATE_CACHE: path.join(root, '.cache'),
      },
    });
    return conclude(JSON.parse(await readFile(report, 'utf8')) as Results);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The suites that have the scenario's name in their path or in their text. */
async function suitesOf(name: string): Promise<readonly string[]> {
  const mentions = new RegExp(`(?<![\\w-])${name}(?![\\w])`);
  const files = (await readdir(path.join(root, 'test'), { recursive: true })).filter((file) =>
    file.endsWith('.test.ts'),
  );
  const found: string[] = [];
  for (const file of files) {
    const location = path.join(root, 'test', file);
    if (mentions.test(file) || mentions.test(await readFile(location, 'utf8'))) found.push(location);
  }
  return ['--runTestsByPath', ...found.sort()];
}

function conclude(results: Results): number {
  const skipped = results.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending')
      .map(({ fullName }) => `${path.relative(root, name)}: ${fullName}`),
  );
  for (const one of skipped) console.log(`skipped: ${one}`);
  // A suite that could not even be loaded has no tests that could fail.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  console.log(
    `${results.numPassedTests} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`,
  );
  return failed === 0 && results.numFailedTestSuites === 0 && results.numPassedTests > 0 ? 0 : 1;
}
