import type { Node } from 'jsonc-parser';
import { nearest } from '../../../../lib/operation/nearest.ts';
import { IDENTIFIER, PYTHON_KEYWORDS } from '../facts/python-names.ts';
import type { SourceText } from '../source-text.ts';
import type { Definition, Parameter, ParameterType, TransformFinding } from '../transform.ts';
import { either } from '../words.ts';
import { parseJson } from './json.ts';
import { readListOptions } from './list-options.ts';
import { DefinitionReader, describeType, type Placed, shorten } from './members.ts';
import { checkDisplayedText } from './texts.ts';
import { readValidation } from './validation.ts';

/** A definition with the places that later checks refer to. What could not be read is left out. */
export interface PlacedDefinition {
  readonly source: SourceText;
  readonly name: Placed<string> | undefined;
  readonly functionName: Placed<string> | undefined;
  readonly displayName: Placed<string> | undefined;
  readonly description: string;
  readonly parameters: readonly PlacedParameter[];
  /** False when a parameter could not be read, so that the function may well have more than is known here. */
  readonly isComplete: boolean;
}

export interface PlacedParameter {
  readonly parameter: Omit<Parameter, 'type'> & { readonly type: ParameterType | undefined };
  readonly offset: number;
  readonly typeOffset: number;
  readonly optionalOffset: number | undefined;
  /** False when `isOptional` could not be read. */
  readonly optionalIsKnown: boolean;
}

const MEMBERS = ['name', 'displayName', 'description', 'functionName', 'path', 'parameters'];
const PARAMETER_MEMBERS = [
  'name',
  'displayName',
  'type',
  'isOptional',
  'description',
  'validationType',
  'validationRule',
  'validationMessage',
  'listOptions',
  'listType',
];
const TYPES: readonly string[] = ['str', 'int', 'float', 'list', 'bool'] satisfies ParameterType[];
/** What people write for the five types. */
const OTHER_WORDS: Readonly<Record<string, ParameterType>> = {
  string: 'str',
  text: 'str',
  integer: 'int',
  long: 'int',
  double: 'float',
  number: 'float',
  decimal: 'float',
  array: 'list',
  boolean: 'bool',
};

/** Reads a definition and checks everything that can be seen without the Python file. */
export function readDefinition(source: SourceText): {
  readonly definition: PlacedDefinition | undefined;
  readonly findings: readonly TransformFinding[];
} {
  const { root, findings } = parseJson(source);
  if (root === undefined) return { definition: undefined, findings };
  const reader = new DefinitionReader(source);
  if (root.type !== 'object') {
    reader.report(
      'wrong-type',
      root,
      `the definition is ${describeType(root)}; write an object with 'name', 'displayName', 'functionName' and 'parameters'`,
    );
    return { definition: undefined, findings: reader.findings };
  }
  const definition = readRoot(reader, root);
  return { definition, findings: reader.findings };
}

/** The definition as other parts use it; undefined when something of it could not be read. */
export function plainDefinition({
  name,
  functionName,
  displayName,
  description,
  parameters,
  isComplete,
}: PlacedDefinition): Definition | undefined {
  if (name === undefined || functionName === undefined || displayName === undefined) return undefined;
  const known = parameters.flatMap(({ parameter }) => {
    const { type } = parameter;
    return type === undefined ? [] : [{ ...parameter, type }];
  });
  if (!isComplete || known.length < parameters.length) return undefined;
  return {
    name: name.value,
    functionName: functionName.value,
    displayName: displayName.value,
    description,
    parameters: known,
  };
}

function readRoot(reader: DefinitionReader, root: Node): PlacedDefinition {
  const members = reader.members(root, 'the definition', MEMBERS);
  for (const name of ['name', 'displayName', 'functionName']) {
    if (!members.has(name)) reader.report('missing-member', root, `the definition has no '${name}'; add it`);
  }
  const name = readName(reader, members.get('name'), "the 'name' of the definition");
  const functionName = readName(reader, members.get('functionName'), "the 'functionName' of the definition");
  const displayName = reader.text(members.get('displayName'), "the 'displayName' of the definition");
  checkDisplayedText(reader, displayName, "the 'displayName' of the definition", 'name');
  const description = reader.text(members.get('description'), "the 'description' of the definition");
  checkDisplayedText(reader, description, "the 'description' of the definition", 'description');
  if (!members.has('description')) {
    reader.report(
      'description-missing',
      root,
      "the definition has no 'description', which people read and search in Glue Studio; add one",
    );
  }
  const path = reader.text(members.get('path'), "the 'path' of the definition");
  if (path !== undefined) {
    reader.report(
      'path-given',
      path.node,
      "the definition has a 'path', which ties it to one bucket; remove it: Glue Studio finds the Python file by its name",
    );
  }
  const list = members.get('parameters');
  const parameters = list === undefined ? [] : readParameters(reader, list);
  return {
    source: reader.source,
    name,
    functionName,
    displayName,
    description: description?.value ?? '',
    parameters,
    isComplete: parameters.length === (list?.children?.length ?? 0),
  };
}

function readName(reader: DefinitionReader, node: Node | undefined, what: string): Placed<string> | undefined {
  const name = reader.text(node, what);
  if (name === undefined) return undefined;
  if (!IDENTIFIER.test(name.value)) {
    reader.report(
      'invalid-name',
      name.node,
      `${what} is '${shorten(name.value)}', which is no Python identifier; write letters, digits and underscores, with no digit at the front`,
    );
    return undefined;
  }
  if (PYTHON_KEYWORDS.has(name.value)) {
    reader.report('keyword-name', name.node, `${what} is '${name.value}', a keyword of Python; choose another name`);
    return undefined;
  }
  return name;
}

function readParameters(reader: DefinitionReader, list: Node): readonly PlacedParameter[] {
  if (list.type !== 'array') {
    reader.report(
      'wrong-type',
      list,
      `the 'parameters' of the definition is ${describeType(list)}; write a list of objects`,
    );
    return [];
  }
  const names = new Set<string>();
  const displayNames = new Set<string>();
  return (list.children ?? []).flatMap((entry, n) => {
    if (entry.type !== 'object') {
      reader.report(
        'wrong-type',
        entry,
        `parameter ${n + 1} is ${describeType(entry)}; write an object with 'name', 'displayName' and 'type'`,
      );
      return [];
    }
    const read = readParameter(reader, entry, n);
    if (read === undefined) return [];
    const { name, displayName } = read.parameter;
    if (names.has(name)) {
      reader.report(
        'duplicate-parameter',
        entry,
        `the parameter '${name}' is defined twice; Python takes a name once, remove or rename one`,
      );
      return [];
    }
    if (displayNames.has(displayName)) {
      reader.report(
        'duplicate-parameter-display-name',
        entry,
        `another parameter is displayed as '${shorten(displayName)}' too, so people cannot tell the two apart; change one`,
      );
    }
    names.add(name);
    displayNames.add(displayName);
    return [read];
  });
}

function readParameter(reader: DefinitionReader, entry: Node, n: number): PlacedParameter | undefined {
  const nameNode = entry.children?.find(({ children }) => children?.[0]?.value === 'name')?.children?.[1];
  const what =
    nameNode?.type === 'string' ? `the parameter '${shorten(String(nameNode.value))}'` : `parameter ${n + 1}`;
  const members = reader.members(entry, what, PARAMETER_MEMBERS);
  for (const member of ['name', 'type']) {
    if (!members.has(member)) reader.report('missing-member', entry, `${what} has no '${member}'; add it`);
  }
  const name = readName(reader, members.get('name'), members.has('name') ? `the 'name' of parameter ${n + 1}` : what);
  const displayName = reader.text(members.get('displayName'), `the 'displayName' of ${what}`);
  checkDisplayedText(reader, displayName, `the 'displayName' of ${what}`, 'name');
  if (!members.has('displayName')) {
    reader.report(
      'parameter-display-name-missing',
      entry,
      `${what} has no 'displayName', so Glue Studio shows its Python name; add one`,
    );
  }
  const description = reader.text(members.get('description'), `the 'description' of ${what}`);
  checkDisplayedText(reader, description, `the 'description' of ${what}`, 'description');
  const optional = reader.boolean(members.get('isOptional'), `the 'isOptional' of ${what}`);
  const type = readType(reader, members.get('type'), what);
  const validation = readValidation(reader, members, what);
  const options = readListOptions(reader, members, what, type);
  if (name === undefined) return undefined;
  return {
    parameter: {
      name: name.value,
      displayName: displayName?.value ?? name.value,
      type,
      isOptional: optional?.value ?? false,
      description: description?.value,
      validation,
      ...options,
    },
    offset: name.node.offset,
    typeOffset: members.get('type')?.offset ?? name.node.offset,
    optionalOffset: optional?.node.offset,
    optionalIsKnown: optional !== undefined || !members.has('isOptional'),
  };
}

function readType(reader: DefinitionReader, node: Node | undefined, what: string): ParameterType | undefined {
  const type = reader.text(node, `the 'type' of ${what}`);
  if (type === undefined) return undefined;
  if (TYPES.includes(type.value)) return type.value as ParameterType;
  const meant = OTHER_WORDS[type.value.toLowerCase()] ?? nearest(type.value, TYPES);
  const advice = meant === undefined ? `write ${either(TYPES)}` : `did you mean '${meant}'?`;
  reader.report(
    'unknown-parameter-type',
    type.node,
    `the type of ${what} is '${shorten(type.value)}', which Glue Studio does not know; ${advice}`,
  );
  return undefined;
}
