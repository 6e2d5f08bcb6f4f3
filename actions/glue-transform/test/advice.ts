import { GLUE_MODULES, PACKAGE_OF_MODULE } from '../transforms/facts/glue-modules.ts';
import { either } from '../transforms/words.ts';
import type { CaseResult } from './ledger.ts';
import type { Ran } from './results.ts';

export interface Advice {
  readonly cause: string;
  readonly next: string;
}

/** Spark's exit code after java.lang.OutOfMemoryError. Source: Spark, `SparkExitCode`. */
const SPARK_OUT_OF_MEMORY = 52;
const NO_MEMORY = /java\.lang\.OutOfMemoryError|Java heap space|GC overhead limit/;

/** The likely cause of failures and what to do: of the first kind that can be told. */
export function adviceOn(ran: readonly Ran[], failures: readonly CaseResult[]): Advice {
  const lacking = missingModules(ran, failures);
  if (lacking.length > 0) {
    const packages = either(
      lacking.map((name) => PACKAGE_OF_MODULE[name] ?? name),
      'and',
    );
    return {
      cause: `Glue brings ${either(lacking, 'and')}, and what the tests run with does not`,
      next: `Write ${packages} with a version into a file for pip, and name that file with 'requirements'`,
    };
  }
  if (failures.some(({ module }) => module !== undefined)) {
    return {
      cause: 'a module that neither Glue nor the tests bring, or a file that is not beside the transform',
      next: "Correct the import, or name a file for pip with 'requirements'; a job on Glue needs --additional-python-modules, too",
    };
  }
  const hasNoMemory =
    ran.some(({ sparkDied }) => sparkDied === SPARK_OUT_OF_MEMORY) || failures.some(({ text }) => NO_MEMORY.test(text));
  if (hasNoMemory) {
    return {
      cause: 'the data of a test does not fit into the memory of Spark, which is 1 GB',
      next: "Let the test use less data, or name fewer 'cores'",
    };
  }
  if (ran.some(({ sparkDied }) => sparkDied !== undefined) || failures.some(({ message }) => /SIGKILL/.test(message))) {
    return {
      cause: 'the machine had no memory left and ended the process, or a test did',
      next: "Use a runner with more memory or fewer 'cores', or look at what the test does",
    };
  }
  if (failures.some(({ message }) => message.startsWith('still ran'))) {
    return {
      cause: 'a test waits for something that never comes, or the tests need more time',
      next: "Look at the place where it waited, or give more time with 'timeout'",
    };
  }
  return {
    cause: 'a transform does not do what its test says, or the test is wrong',
    next: 'Look at the place of each failure; the log has the whole text, and the values that were compared',
  };
}

function missingModules(ran: readonly Ran[], failures: readonly CaseResult[]): readonly string[] {
  const names = failures.flatMap(({ module }) => (module === undefined ? [] : [module.split('.')[0] ?? module]));
  const versions = ran.map(({ pair }) =>
    Object.entries(GLUE_MODULES).find(([version]) => version === pair.glueVersion),
  );
  return [...new Set(names)].filter((name) => versions.some((entry) => entry?.[1].has(name) === true));
}
