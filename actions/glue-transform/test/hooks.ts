import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findSpark, type SparkSearch } from '../../../engines/spark/find.ts';
import { installSpark, type SparkEnvironment } from '../../../engines/spark/install.ts';
import { badInput, OperationFailed } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import type { TestContext } from '../test.ts';
import { GLUE_VERSIONS } from '../transforms/facts/glue-versions.ts';
import { readTransforms } from '../transforms/read.ts';
import type { Transform } from '../transforms/transform.ts';
import { orOperationFailed } from './engine-failure.ts';
import { type FoundTests, findTests } from './find-tests.ts';
import type { TEST_OUTPUTS } from './inputs.ts';
import { Ledger, type LedgerResult } from './ledger.ts';
import { outcomeOf } from './outcome.ts';
import { progressLines } from './progress.ts';
import { pytestCommand } from './pytest-command.ts';
import { runPytest } from './pytest-process.ts';
import { installRequirements, requirementsProblem } from './requirements.ts';
import type { TestResults, VersionResult } from './results.ts';

interface Prepared {
  readonly transforms: readonly Transform[];
  /** Relative to the workspace. */
  readonly transformFolders: readonly string[];
  readonly tests: FoundTests;
  /** The content of the file. */
  readonly requirements: string | undefined;
  readonly searches: readonly SparkSearch[];
}

/**
 * Reads everything that can be wrong before something is installed or started.
 *
 * @throws BadInput, or OperationFailed for errors in a transform and for a Glue version that cannot be run here
 */
export async function prepare(context: TestContext): Promise<Prepared> {
  const { inputs, workspace } = context;
  const transforms = await checkedTransforms(context);
  const transformFolders = [...new Set(transforms.map(({ pythonFile }) => path.posix.dirname(pythonFile.path)))].sort();
  for (const folder of transformFolders) {
    if (folder.includes(path.delimiter)) {
      throw badInput(
        'transforms',
        `the folder '${folder}' has '${path.delimiter}' in its name, with which Python finds no modules; rename it`,
      );
    }
  }
  const tests = await findTests({ given: inputs.tests, transformFolders, workspace });
  const requirements = inputs.requirements === undefined ? undefined : await readRequirements(inputs.requirements);
  const versions = GLUE_VERSIONS.filter((version) => inputs['glue-versions'].includes(version));
  const searches = await Promise.all(versions.map((version) => findSpark(version)));
  const missing = searches.filter((search) => !search.found);
  if (missing.length > 0 && inputs['when-missing'] === 'fail') {
    throw new OperationFailed({
      what: `The tests cannot run here: ${missing.map(({ pair, missing: what }) => `for Glue ${pair.glueVersion}, ${what}`).join('; ')}`,
      cause: 'this machine lacks the Python or the Java of a Glue version',
      next: "Install it, leave the version out of 'glue-versions', or have its transforms only checked with 'when-missing: check'",
    });
  }
  return { transforms, transformFolders, tests, requirements, searches };
}

async function checkedTransforms({ inputs, workspace, host }: TestContext): Promise<readonly Transform[]> {
  const glueVersions = GLUE_VERSIONS.filter((version) => inputs['glue-versions'].includes(version));
  const { transforms, findings, definitions } = await readTransforms({
    paths: inputs.transforms,
    workspace,
    glueVersions,
  });
  if (definitions === 0) {
    throw badInput(
      'transforms',
      'there is no definition in these folders; a definition is a JSON file with a Python file of the same name beside it',
    );
  }
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return [...transforms].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { rule, message, file, line } of errors) {
    host.annotate({ level: 'error', title: rule, message, file, line });
  }
  await host.setOutputs({ status: 'failed', transforms: String(definitions) });
  throw new OperationFailed({
    what: `The transforms were not tested, because they have ${errors.length === 1 ? 'an error' : `${errors.length} errors`}`,
    next: "Correct what the findings name; 'glue-transform check' shows them all",
    data: { findings: errors.map(({ rule, file, line, message }) => ({ rule, file, line, message })) },
  });
}

async function readRequirements(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw badInput(
      'requirements',
      `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    );
  }
  const problem = requirementsProblem(text);
  if (problem !== undefined) throw badInput('requirements', problem);
  return text;
}

/** Installs what is missing for all versions, and then runs the tests of one after the other. */
export async function execute(context: TestContext, prepared: Prepared): Promise<TestResults> {
  const { transforms, tests, searches, requirements: text } = prepared;
  const { inputs, signal, log } = context;
  const say = (line: string) => log.info(line);
  const installed: { readonly spark: SparkEnvironment; readonly requirements: string | undefined }[] = [];
  for (const search of searches) {
    if (!search.found) continue;
    const spark = await orOperationFailed(installSpark(search, { say, signal }));
    const requirements =
      text === undefined ? undefined : await orOperationFailed(installRequirements({ text, spark, say, signal }));
    installed.push({ spark, requirements });
  }
  const versions: VersionResult[] = [];
  for (const search of searches) {
    const { pair } = search;
    const place = installed.find(({ spark }) => spark.pair.glueVersion === pair.glueVersion);
    if (!search.found || place === undefined) {
      const missing = search.found ? 'it was not installed' : search.missing;
      log.warning(`Glue ${pair.glueVersion} is only checked, not tested: ${missing}.`);
      versions.push({ ran: false, pair, missing });
      continue;
    }
    const title = `Tests on Glue ${pair.glueVersion} (Spark ${pair.sparkVersion}, Python ${pair.pythonVersion}, Java ${search.javaVersion})`;
    const result = await log.group(title, () => runTests(context, prepared, place));
    versions.push({ ran: true, pair, javaVersion: search.javaVersion, ...result });
  }
  return { transforms, testFiles: tests.files, versions, untestedIs: inputs.untested };
}

async function runTests(
  { inputs, workspace, log, signal }: TestContext,
  { tests, transformFolders }: Prepared,
  { spark, requirements }: { readonly spark: SparkEnvironment; readonly requirements: string | undefined },
): Promise<LedgerResult> {
  const { select, cores, timeout } = inputs;
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'headgate-glue-tests-'));
  try {
    const command = pytestCommand({
      ...{ spark, workspace, transformFolders, requirements, select, cores, temporary },
      tests: tests.paths,
    });
    const ledger = new Ledger();
    const { end, lastLines } = await runPytest(command, {
      onEvent: (event) => {
        ledger.add(event);
        for (const line of progressLines(event)) log.info(line);
      },
      onLine: (line) => log.debug(line),
      signal,
      timeout,
    });
    return ledger.result(end, lastLines);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The tests' own results decide. */
export async function confirm(
  context: TestContext,
  _prepared: Prepared,
  results: TestResults,
): Promise<Outcome<keyof typeof TEST_OUTPUTS>> {
  return await outcomeOf(context, results);
}
