import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory, complete } from '../../../engines/cache.ts';
import { EngineError } from '../../../engines/engine-error.ts';
import { platform } from '../../../engines/platform.ts';
import { runProgram } from '../../../engines/run-program.ts';
import type { SparkEnvironment } from '../../../engines/spark/install.ts';
import { quote } from '../../../lib/operation/inputs.ts';

/** What stands for Spark and Glue here; another one of a package of the team would take its place. */
const OURS = new Set(['pyspark', 'py4j', 'awsglue', 'aws-glue-libs']);

/**
 * What is wrong with a file of requirements; undefined when nothing is. It must say everything itself, because the folder in
 * the cache is named after its text.
 * Source: pip documentation, "Requirements File Format".
 */
export function requirementsProblem(text: string): string | undefined {
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const entry = line.trim();
    const shown = `line ${index + 1}, ${quote(entry)},`;
    if (/^(-[rcef]|--(requirement|constraint|editable|find-links)(?![\w-]))/.test(entry)) {
      return `${shown} names another file; write the packages into this one`;
    }
    if (/^(\.{0,2}\/|\.$|file:)/.test(entry) || /@\s*file:/.test(entry)) {
      return `${shown} is a file of this machine; write the name and the version of a package`;
    }
    const [name = ''] = /^[A-Za-z0-9][\w.-]*/.exec(entry) ?? [];
    if (OURS.has(name.toLowerCase().replaceAll(/[._-]+/g, '-'))) {
      return `${shown} is given by the Glue version; leave it out`;
    }
  }
  return undefined;
}

export interface RequirementsRequest {
  /** The content of the file. */
  readonly text: string;
  readonly spark: SparkEnvironment;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Installs what tests need into a folder of the cache, or finds it there. Only wheels: so nothing of a package runs while it
 * is installed, when there may be credentials in the environment.
 *
 * @returns the folder
 * @throws EngineError when pip cannot get the packages
 */
export async function installRequirements({ text, spark, say, signal }: RequirementsRequest): Promise<string> {
  const { pythonVersion } = spark.pair;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const directory = path.join(cacheDirectory('engines'), `glue-tests-python${pythonVersion}-${platform()}-${digest}`);
  if (existsSync(directory)) return directory;
  say(`Installing what the tests need into ${directory} (once).`);
  await complete(directory, async (unfinished) => {
    const file = path.join(unfinished, 'requirements.txt');
    await writeFile(file, text);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-compile'];
    // pip's own settings of a user do not go together with a folder of ours.
    const env = { PIP_USER: '0', PIP_PREFIX: '', PYTHONPATH: '', PYTHONHOME: '' };
    try {
      await runProgram([spark.python, ...pip, '--only-binary=:all:', '--target', unfinished, '-r', file], {
        env,
        signal,
      });
      // It may name an index with a password.
      await rm(file);
    } catch (error) {
      signal.throwIfAborted();
      throw new EngineError(`Could not install what the tests need: ${(error as Error).message}`, {
        cause: `a package has no such version, or none as a wheel for Python ${pythonVersion} on this machine, or the Python package index cannot be reached`,
        next: "Correct the file of 'requirements', or check the network, the proxy and the configuration of pip",
      });
    }
  });
  return directory;
}
