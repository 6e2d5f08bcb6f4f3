import { createHash } from 'node:crypto';

/** Where Glue Studio looks for transforms. Source: Glue user guide, "Getting started with custom visual transforms". */
const TRANSFORMS = 'transforms/';
/** Where this project keeps its own objects in the same bucket; Glue Studio does not look there. */
const OWN = 'headgate/glue-transform/';

export const definitionKey = (name: string): string => `${TRANSFORMS}${name}.json`;
export const pythonKey = (name: string): string => `${TRANSFORMS}${name}.py`;
export const recordKey = (name: string): string => `${OWN}${name}/record.json`;
/** The folder of all kept versions of a transform. */
export const versionsPrefix = (name: string): string => `${OWN}${name}/versions/`;
export const keptDefinitionKey = (name: string, version: string): string =>
  `${versionsPrefix(name)}${version}/${name}.json`;
export const keptPythonKey = (name: string, version: string): string => `${versionsPrefix(name)}${version}/${name}.py`;
export const FIXED_PREFIX = TRANSFORMS;

/** The two contents of one version. */
export interface Pair {
  readonly definition: Buffer;
  readonly python: Buffer;
}

/** What tells one version from another, by content alone: the same files have the same version in every Region. */
export interface PairId {
  readonly version: string;
  /** SHA-256, hexadecimal. */
  readonly definition: string;
  readonly python: string;
}

export const VERSION = /^[0-9a-f]{16}$/;

/** Names a version by its content. Frozen: later releases must find what earlier ones kept. */
export function pairId({ definition, python }: Pair): PairId {
  const ids = { definition: sha256(definition), python: sha256(python) };
  const version = sha256(Buffer.from(`${ids.definition} ${ids.python}`)).slice(0, 16);
  return { version, ...ids };
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
