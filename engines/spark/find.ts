import { findJava, JAVA_SHELVES } from './find-java.ts';
import { findPython } from './find-python.ts';
import { pairOf, type SparkPair } from './pairs.ts';

/** What this machine has of a pair: a Python and a Java that fit, or what is missing. */
export type SparkSearch =
  | {
      readonly found: true;
      readonly pair: SparkPair;
      /** The path of a Python of the pair's version that can make virtual environments. */
      readonly python: string;
      readonly javaHome: string;
      readonly javaVersion: number;
    }
  | {
      readonly found: false;
      readonly pair: SparkPair;
      /** What was not found and how to get it: part of a sentence. */
      readonly missing: string;
    };

/**
 * Looks for the Python and the Java that a version of Glue needs.
 *
 * @throws Error for a version of Glue that is not among the pairs
 */
export async function findSpark(glueVersion: string, javaShelves = JAVA_SHELVES): Promise<SparkSearch> {
  const pair = pairOf(glueVersion);
  const [python, java] = await Promise.all([findPython(pair.pythonVersion), findJava(pair.javaVersions, javaShelves)]);
  if (python && java) return { found: true, pair, python, javaHome: java.home, javaVersion: java.version };
  const missing = [...(python ? [] : [missingPython(pair)]), ...(java ? [] : [missingJava(pair)])].join('; and ');
  return { found: false, pair, missing };
}

function missingPython({ pythonVersion }: SparkPair): string {
  const python = `python${pythonVersion}`;
  return (
    `Python ${pythonVersion} with its venv module was not found: install it (uv python install ${pythonVersion}; ` +
    `where Debian or Ubuntu have it: apt-get install ${python} ${python}-venv) or set HEADGATE_PYTHON to its path`
  );
}

function missingJava({ javaVersions }: SparkPair): string {
  const versions = javaVersions.join(' or ');
  const newest = Math.max(...javaVersions);
  return (
    `Java ${versions} was not found: install it (Debian and Ubuntu: apt-get install openjdk-${newest}-jre-headless; ` +
    `macOS: brew install openjdk@${newest}) or set JAVA_HOME to its directory`
  );
}
