import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, complete, waitForOthers } from '../cache.ts';
import { childEnvironment } from '../child-environment.ts';
import { EngineError } from '../engine-error.ts';
import type { InstallRequest } from '../install-request.ts';
import { packageRoot } from '../package-root.ts';
import { makePythonEnvironment, pythonOf } from '../python-environment.ts';
import { runProgram } from '../run-program.ts';
import type { SparkSearch } from './find.ts';
import type { SparkPair } from './pairs.ts';

/** A Python with pyspark, pytest and boto3, and what a process on it needs. */
export interface SparkEnvironment {
  readonly pair: SparkPair;
  /** The Python of the virtual environment. */
  readonly python: string;
  /** What a process gets beside `childEnvironment()`. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Makes sure that the Spark of a pair is in the cache. Everything is installed by version and hash. The place is named after
 * the requirements and the Python that it belongs to, so that a second call finds it.
 *
 * @param request with other requirements than the usual ones of the pair
 * @throws EngineError when the packages cannot be installed, or what was installed cannot be imported
 */
export async function installSpark(
  found: Extract<SparkSearch, { found: true }>,
  request: InstallRequest & { requirements?: string } = {},
): Promise<SparkEnvironment> {
  const { say, signal, requirements = requirementsOf(found.pair) } = request;
  const { pair, python } = found;
  const content = await readFile(requirements, 'utf8');
  const directory = await placeOf(pair, python, content);
  const environment = { pair, python: pythonOf(directory), variables: variablesOf(found, directory) };
  if (existsSync(environment.python)) return environment;
  await waitForOthers(directory, signal);
  if (existsSync(environment.python)) return environment;
  say?.(`Installing Spark ${pair.sparkVersion} into ${directory} (once; each file is checked by its hash).`);
  await complete(directory, async (unfinished) => {
    const buildRequirements = buildRequirementsOf(content);
    await makePythonEnvironment(unfinished, { python, requirements, buildRequirements, signal });
    await check(pythonOf(unfinished), found, unfinished, signal);
  });
  return environment;
}

function requirementsOf({ glueVersion }: SparkPair): string {
  return join(packageRoot(), 'engines', 'spark', `requirements-glue-${glueVersion}.txt`);
}

/** Of the requirements those that pyspark, which comes as source, is built with. */
function buildRequirementsOf(requirements: string): string | undefined {
  const blocks = requirements.split(/^(?=\S)/m).filter((block) => /^(setuptools|wheel)==/.test(block));
  return blocks.length > 0 ? blocks.join('') : undefined;
}

/** Pairs that have the same packages share a place. */
async function placeOf(pair: SparkPair, python: string, requirements: string): Promise<string> {
  const installation = await runProgram([python, '-c', 'import sys; print(sys.base_prefix)']);
  const digest = createHash('sha256').update(requirements).update(installation).digest('hex').slice(0, 12);
  const name = `spark-${pair.sparkVersion}-python${pair.pythonVersion}-${digest}`;
  return join(cacheDirectory('engines'), name);
}

function variablesOf({ pair, javaHome }: Extract<SparkSearch, { found: true }>, directory: string) {
  const python = pythonOf(directory);
  return {
    JAVA_HOME: javaHome,
    SPARK_HOME: join(directory, 'lib', `python${pair.pythonVersion}`, 'site-packages', 'pyspark'),
    SPARK_CONF_DIR: join(packageRoot(), 'engines', 'spark', 'conf'),
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
    // The stand-in for awsglue, and the plug-in for pytest.
    PYTHONPATH: join(packageRoot(), 'engines', 'spark', 'python'),
    PYTHONNOUSERSITE: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    // Spark looks up the name of this machine, which need not have an address; and nobody else is to reach it.
    SPARK_LOCAL_IP: '127.0.0.1',
    SPARK_LOCAL_HOSTNAME: 'localhost',
    // As on Glue.
    TZ: 'UTC',
    PYTHONUTF8: '1',
    LC_ALL: process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8',
  };
}

const CHECK = 'import boto3, pyspark, pytest; print(pyspark.__version__)';

async function check(
  python: string,
  found: Extract<SparkSearch, { found: true }>,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { sparkVersion } = found.pair;
  let said: string;
  try {
    const env = { ...childEnvironment(variablesOf(found, directory)), PYTHONHOME: '' };
    said = (await runProgram([python, '-c', CHECK], { env, signal })).trim();
  } catch (error) {
    signal?.throwIfAborted();
    said = (error as Error).message;
  }
  if (said === sparkVersion) return;
  throw new EngineError(`Spark ${sparkVersion} cannot be used by ${found.python}: ${said}`, {
    cause: 'the requirements do not belong to the pair, or this Python was built without a module that it needs',
    next: `Set HEADGATE_PYTHON to another Python ${found.pair.pythonVersion}`,
  });
}
