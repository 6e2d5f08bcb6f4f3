import { lineAndColumn, TemplateError, type TemplateProblem } from './template-error.ts';
import { allNodes, isNull, type MapNode, plainText, type SourceRange, type TemplateNode } from './template-node.ts';
import { parseSyntax } from './template-syntax.ts';

export { TemplateError, type TemplateProblem } from './template-error.ts';

/** A parameter as the template declares it; numbers and booleans are parsed, everything else is text as written. */
export interface TemplateParameter {
  readonly name: string;
  readonly type: string;
  readonly default?: string;
  readonly description?: string;
  readonly allowedValues?: readonly string[];
  /** A Java regular expression that the whole value has to match. */
  readonly allowedPattern?: string;
  readonly constraintDescription?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  /** The value is secret: it never appears in a message. */
  readonly noEcho: boolean;
  readonly range: SourceRange;
}

export interface TemplateResource {
  /** As written; inside `Fn::ForEach` it still holds `${Identifier}`. */
  readonly logicalId: string;
  readonly type: string;
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  readonly properties?: MapNode;
  readonly range: SourceRange;
}

/** A CloudFormation template, parsed. */
export interface Template {
  /** Path for people. */
  readonly file: string;
  /** The text as it was read, with its byte order mark and line ends. */
  readonly text: string;
  readonly root: MapNode;
  readonly parameters: ReadonlyMap<string, TemplateParameter>;
  readonly resources: readonly TemplateResource[];
  readonly outputs: readonly string[];
  /** Names of all macros that the template calls, at its top or inside. */
  readonly transforms: readonly string[];
}

/**
 * Parses a template in YAML or JSON, with CloudFormation's short tags.
 *
 * @param file path shown in messages
 * @throws TemplateError naming file, line and column of every problem
 */
export async function parseTemplate(text: string, file: string): Promise<Template> {
  const root = await parseSyntax(text, file);
  const problems: TemplateProblem[] = [];
  const report: Report = ({ range }, message) => problems.push({ file, ...lineAndColumn(text, range.start), message });

  if (root.kind !== 'map') {
    throw new TemplateError([
      { file, ...lineAndColumn(text, root.range.start), message: 'is not a map; a template has a key Resources' },
    ]);
  }
  const resources = section(root, 'Resources', report);
  const written = root.entries.get('Resources');
  const isEmpty = written === undefined || isNull(written) || resources?.entries.size === 0;
  // A macro may bring all resources.
  if (isEmpty && !root.entries.has('Transform')) {
    report(written ?? root, "has no resources; a template needs at least one below 'Resources'");
  }
  const template: Template = {
    file,
    text,
    root,
    parameters: readParameters(section(root, 'Parameters', report), report),
    resources: resources === undefined ? [] : readResources(resources, report),
    outputs: [...(section(root, 'Outputs', report)?.entries.keys() ?? [])].filter((name) => !name.startsWith('Fn::')),
    transforms: readTransforms(root),
  };
  if (problems.length > 0) throw new TemplateError(problems);
  return template;
}

type Report = (node: { readonly range: SourceRange }, message: string) => void;

function section(root: MapNode, name: string, report: Report): MapNode | undefined {
  const node = root.entries.get(name);
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind === 'map') return node;
  report(node, `'${name}' is not a map`);
  return undefined;
}

function readParameters(node: MapNode | undefined, report: Report): ReadonlyMap<string, TemplateParameter> {
  const parameters = new Map<string, TemplateParameter>();
  for (const [name, body] of node?.entries ?? []) {
    const type = body.kind === 'map' ? plainText(body.entries.get('Type')) : undefined;
    if (body.kind !== 'map' || type === undefined) {
      report(body, `the parameter '${name}' has no Type`);
      continue;
    }
    parameters.set(name, readParameter(name, type, body, report));
  }
  return parameters;
}

function readParameter(name: string, type: string, body: MapNode, report: Report): TemplateParameter {
  const text = (key: string) => plainText(body.entries.get(key));
  const number = (key: string) => {
    const node = body.entries.get(key);
    if (node === undefined || isNull(node)) return undefined;
    const value = Number(plainText(node)?.trim() || Number.NaN);
    if (Number.isFinite(value)) return value;
    report(node, `${key} of the parameter '${name}' is not a number`);
    return undefined;
  };
  const allowed = body.entries.get('AllowedValues');
  if (allowed !== undefined && allowed.kind !== 'list')
    report(allowed, `AllowedValues of the parameter '${name}' is not a list`);
  return {
    name,
    type,
    noEcho: /^(true|yes|on|y)$/i.test(text('NoEcho') ?? ''),
    range: body.range,
    ...optional('default', text('Default')),
    ...optional('description', text('Description')),
    ...optional(
      'allowedValues',
      allowed?.kind === 'list' ? allowed.items.map((item) => plainText(item) ?? '') : undefined,
    ),
    ...optional('allowedPattern', text('AllowedPattern')),
    ...optional('constraintDescription', text('ConstraintDescription')),
    ...optional('minLength', number('MinLength')),
    ...optional('maxLength', number('MaxLength')),
    ...optional('minValue', number('MinValue')),
    ...optional('maxValue', number('MaxValue')),
  };
}

function readResources(node: MapNode, report: Report): TemplateResource[] {
  return [...node.entries].flatMap(([logicalId, body]) => {
    if (logicalId.startsWith('Fn::ForEach::')) return readLoop(logicalId, body, report);
    // A macro call in the place of resources, for example AWS::Include.
    if (logicalId.startsWith('Fn::')) return [];
    const resource = readResource(logicalId, body, report);
    return resource === undefined ? [] : [resource];
  });
}

/** `Fn::ForEach::Name: [Identifier, Collection, { 'Id${Identifier}': resource }]` (AWS::LanguageExtensions). */
function readLoop(name: string, body: TemplateNode, report: Report): TemplateResource[] {
  const output = body.kind === 'list' && body.items.length === 3 ? body.items[2] : undefined;
  if (output?.kind === 'map') return readResources(output, report);
  report(body, `'${name}' is not a list of an identifier, a collection and a map of resources`);
  return [];
}

function readResource(logicalId: string, body: TemplateNode, report: Report): TemplateResource | undefined {
  if (body.kind !== 'map') {
    report(body, `the resource '${logicalId}' is not a map`);
    return undefined;
  }
  const type = plainText(body.entries.get('Type'));
  if (type === undefined) {
    // A macro may bring the type with it.
    if (!body.entries.has('Fn::Transform')) report(body, `the resource '${logicalId}' has no Type`);
    return undefined;
  }
  const properties = body.entries.get('Properties');
  return {
    logicalId,
    type,
    range: body.range,
    ...optional('deletionPolicy', plainText(body.entries.get('DeletionPolicy'))),
    ...optional('updateReplacePolicy', plainText(body.entries.get('UpdateReplacePolicy'))),
    ...optional('properties', properties?.kind === 'map' ? properties : undefined),
  };
}

function readTransforms(root: MapNode): readonly string[] {
  const top = root.entries.get('Transform');
  const calls = [...(top?.kind === 'list' ? top.items : top === undefined ? [] : [top]), ...macroCalls(root)];
  const names = calls.map((call) => plainText(call.kind === 'map' ? call.entries.get('Name') : call));
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** The arguments of every `Fn::Transform` and `!Transform` in a template. */
export function macroCalls(root: MapNode): readonly TemplateNode[] {
  return [...allNodes(root)].flatMap((node) => {
    const long = node.kind === 'map' ? node.entries.get('Fn::Transform') : undefined;
    return [...(node.tag === '!Transform' ? [node] : []), ...(long === undefined ? [] : [long])];
  });
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}
