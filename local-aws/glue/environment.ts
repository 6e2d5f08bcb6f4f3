import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, complete, waitForOthers } from '../../engines/cache.ts';
import { packageRoot } from '../../engines/package-root.ts';
import { makePythonEnvironment, pythonOf } from '../../engines/python-environment.ts';
import { findSpark } from '../../engines/spark/find.ts';
import { installSpark } from '../../engines/spark/install.ts';
import { findLocalPython } from '../install.ts';
import type { Job } from './job.ts';

/** What scripts of a kind run on. */
export interface JobEnvironment {
  readonly python: string;
  readonly variables: Readonly<Record<string, string>>;
}

type Say = (line: string) => void;

/** The environments of jobs, each installed when the first run needs it. */
export class JobEnvironments {
  readonly #say: Say;
  readonly #known = new Map<string, Promise<JobEnvironment>>();

  constructor(say: Say) {
    this.#say = say;
  }

  /** @throws Error that says what is missing, or what kind of job cannot be run */
  async of(job: Job): Promise<JobEnvironment> {
    refuseOthers(job);
    const isSpark = job.commandName === 'glueetl';
    const key = isSpark ? job.glueVersion : job.commandName;
    const known = this.#known.get(key);
    if (known) return await known;
    const installing = isSpark ? sparkEnvironment(job.glueVersion, this.#say) : pythonShell(this.#say);
    this.#known.set(key, installing);
    installing.catch(() => this.#known.delete(key));
    return await installing;
  }
}

function refuseOthers({ commandName, arguments: given, fixedArguments }: Job): void {
  if (commandName !== 'glueetl' && commandName !== 'pythonshell') {
    throw new Error(`The local AWS runs jobs of 'glueetl' and 'pythonshell', and none of '${commandName}'.`);
  }
  const language = { ...given, ...fixedArguments }['--job-language'] ?? 'python';
  if (language !== 'python') throw new Error(`The local AWS runs scripts in Python, and none in '${language}'.`);
}

async function sparkEnvironment(glueVersion: string, say: Say): Promise<JobEnvironment> {
  const found = await findSpark(glueVersion);
  if (found.found) return await installSpark(found, { say });
  const { sparkVersion } = found.pair;
  throw new Error(`The local AWS cannot run Glue ${glueVersion} (Spark ${sparkVersion}): ${found.missing}.`);
}

/** A Python with boto3, of the version that the local AWS itself runs on. */
async function pythonShell(say: Say): Promise<JobEnvironment> {
  const requirements = join(packageRoot(), 'local-aws', 'glue', 'requirements-python-shell.txt');
  const [python, content] = await Promise.all([findLocalPython(), readFile(requirements)]);
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const directory = join(cacheDirectory('local-aws'), `python-shell-${digest}-python${python.version}`);
  const environment = { python: pythonOf(directory), variables: { PYTHONNOUSERSITE: '1', PYTHONUTF8: '1', TZ: 'UTC' } };
  await waitForOthers(directory);
  if (existsSync(environment.python)) return environment;
  say(`Installing boto3 for Python shell jobs into ${directory} (once; each file is checked by its hash).`);
  await complete(directory, (unfinished) =>
    makePythonEnvironment(unfinished, { python: python.command, requirements }),
  );
  return environment;
}
