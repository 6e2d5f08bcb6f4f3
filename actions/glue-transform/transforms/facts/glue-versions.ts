/**
 * The Python of each Glue version. Source: Glue developer guide, "AWS Glue versions", and for 6.0 the branch `main` of
 * awslabs/aws-glue-libs.
 */
export const GLUE_PYTHON = {
  '3.0': '3.7',
  '4.0': '3.10',
  '5.0': '3.11',
  '5.1': '3.11',
  '6.0': '3.13',
} as const;

export type GlueVersion = keyof typeof GLUE_PYTHON;
export type PythonVersion = (typeof GLUE_PYTHON)[GlueVersion];

export const GLUE_VERSIONS = Object.keys(GLUE_PYTHON) as readonly GlueVersion[];

/** `3.10` comes after `3.7`. */
export function comparePython(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

/** `Glue 3.0 (Python 3.7)`, several joined by commas. */
export function describeVersions(versions: readonly GlueVersion[]): string {
  return versions.map((version) => `Glue ${version} (Python ${GLUE_PYTHON[version]})`).join(', ');
}
