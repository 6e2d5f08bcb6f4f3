/** What a version of Glue runs Spark jobs on, and the versions of Java that this Spark runs on. */
export interface SparkPair {
  readonly glueVersion: string;
  readonly sparkVersion: string;
  /** Major and minor. */
  readonly pythonVersion: string;
  /** The one that Glue has comes first. */
  readonly javaVersions: readonly number[];
}

/**
 * The versions of Glue that still run jobs, oldest first.
 * AWS Glue developer guide, "AWS Glue versions" (release-notes); for Java also Spark's "Overview" of each version.
 */
export const SPARK_PAIRS: readonly SparkPair[] = [
  { glueVersion: '3.0', sparkVersion: '3.1.1', pythonVersion: '3.7', javaVersions: [8, 11] },
  { glueVersion: '4.0', sparkVersion: '3.3.0', pythonVersion: '3.10', javaVersions: [8, 11, 17] },
  { glueVersion: '5.0', sparkVersion: '3.5.4', pythonVersion: '3.11', javaVersions: [17] },
  { glueVersion: '5.1', sparkVersion: '3.5.6', pythonVersion: '3.11', javaVersions: [17] },
  { glueVersion: '6.0', sparkVersion: '4.1.1', pythonVersion: '3.13', javaVersions: [17, 21] },
];

/** @throws Error for a version of Glue that is not among the pairs */
export function pairOf(glueVersion: string): SparkPair {
  const pair = SPARK_PAIRS.find((each) => each.glueVersion === glueVersion);
  if (pair) return pair;
  const known = SPARK_PAIRS.map((each) => each.glueVersion).join(', ');
  throw new Error(`There is no Glue version '${glueVersion}' that could be run here; there are ${known}.`);
}
