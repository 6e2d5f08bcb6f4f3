import { shorten } from './definition/members.ts';
import type { PlacedDefinition } from './definition/read-definition.ts';
import { DYNAMIC_FRAME_MEMBERS } from './facts/dynamic-frame.ts';
import { GLUE_MODULES } from './facts/glue-modules.ts';
import { STANDARD_LIBRARY } from './facts/standard-library.ts';
import { findingAt, type RuleName } from './rules.ts';
import type { TransformFinding } from './transform.ts';

const EVERY_STANDARD_MODULE = new Set(Object.values(STANDARD_LIBRARY).flatMap((modules) => [...modules]));
const EVERY_GLUE_MODULE = new Set(Object.values(GLUE_MODULES).flatMap((modules) => [...modules]));

/** Names of a transform that would replace something in the jobs that use it. */
export function checkNames({ source, name, functionName }: PlacedDefinition): readonly TransformFinding[] {
  const findings: TransformFinding[] = [];
  if (name !== undefined) {
    const standard = EVERY_STANDARD_MODULE.has(name.value);
    if (standard || EVERY_GLUE_MODULE.has(name.value)) {
      findings.push(
        findingAt(
          standard ? 'name-clashes-with-standard-library' : 'name-clashes-with-glue-module',
          source,
          name.node.offset,
          `'${name.value}' is also a module ${standard ? 'of the standard library' : 'that Glue brings'}, which '${name.value}.py' would replace in every job that uses the transform; choose another name`,
        ),
      );
    }
  }
  if (
    functionName !== undefined &&
    (DYNAMIC_FRAME_MEMBERS.has(functionName.value) || /^__.*__$/.test(functionName.value))
  ) {
    const message = `DynamicFrame has '${functionName.value}' already, and the transform would replace it in the whole job; choose another 'functionName'`;
    findings.push(findingAt('function-clashes-with-dynamic-frame', source, functionName.node.offset, message));
  }
  return findings;
}

/** Names that two transforms share. The findings stand at the second one. */
export function checkSharedNames(definitions: readonly PlacedDefinition[]): readonly TransformFinding[] {
  const findings: TransformFinding[] = [];
  const check = (
    rule: RuleName,
    of: (
      definition: PlacedDefinition,
    ) => { readonly value: string; readonly node: { readonly offset: number } } | undefined,
    scope: (definition: PlacedDefinition) => string,
    message: (value: string, first: string) => string,
  ) => {
    const first = new Map<string, PlacedDefinition>();
    for (const definition of definitions) {
      const placed = of(definition);
      if (placed === undefined) continue;
      const key = JSON.stringify([scope(definition), placed.value]);
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, definition);
      else
        findings.push(
          findingAt(rule, definition.source, placed.node.offset, message(shorten(placed.value), earlier.source.path)),
        );
    }
  };
  const everywhere = () => '';
  const folder = ({ source }: PlacedDefinition) => source.path.split('/').slice(0, -1).join('/');
  check(
    'duplicate-transform',
    ({ name }) => name,
    everywhere,
    (value, first) =>
      `'${first}' defines a transform '${value}' too, and both would be published under one key; rename one`,
  );
  check(
    'duplicate-function',
    ({ functionName }) => functionName,
    everywhere,
    (value, first) =>
      `'${first}' attaches '${value}' to DynamicFrame too, so that a job with both transforms runs one of them twice; rename one`,
  );
  check(
    'duplicate-display-name',
    ({ displayName }) => displayName,
    folder,
    (value, first) => `'${first}' is displayed as '${value}' too, so that people cannot tell the two apart; change one`,
  );
  return findings;
}
