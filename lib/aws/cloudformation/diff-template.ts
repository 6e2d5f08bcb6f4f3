import type { Json } from '../../hosts/host.ts';
import type { TemplateNode } from './template-node.ts';

/** One place where two templates differ. */
export interface TextDifference {
  /** Keys from the top of the template, for example `Resources`, `Queue`, `Properties`, `DelaySeconds`. */
  readonly path: readonly string[];
  /** As the templates have it: an intrinsic function stays one. Absent where the place is in one template only. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * Where two templates say something different. The way of writing does not count: YAML or JSON, short or long form of
 * an intrinsic function, quotes, comments, the order of keys.
 */
export function templateDifferences(before: TemplateNode, after: TemplateNode): readonly TextDifference[] {
  return [...differences(plain(before), plain(after), [])];
}

/**
 * A node as JSON with the long forms of intrinsic functions; every scalar is text. Source: "Intrinsic function
 * reference", AWS CloudFormation Template Reference.
 */
function plain(node: TemplateNode): Json {
  const value = withoutTag(node);
  const tag = /^!(\w+)$/.exec(node.tag ?? '')?.[1];
  if (tag === undefined) return value;
  if (tag === 'Ref' || tag === 'Condition') return { [tag]: value };
  if (tag === 'GetAtt' && typeof value === 'string') {
    const [resource = '', ...attribute] = value.split('.');
    return { 'Fn::GetAtt': [resource, attribute.join('.')] };
  }
  return { [`Fn::${tag}`]: value };
}

function withoutTag(node: TemplateNode): Json {
  switch (node.kind) {
    case 'text':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
  }
}

function* differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
): Generator<TextDifference> {
  if (isMap(before) && isMap(after) && !isFunction(before) && !isFunction(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      yield* differences(member(before, key), member(after, key), [...path, key]);
    }
    return;
  }
  const [left, right] = [shown(before), shown(after)];
  if (left === right) return;
  yield {
    path,
    ...(left === undefined ? {} : { before: left }),
    ...(right === undefined ? {} : { after: right }),
  };
}

/** A function is shown whole: half of a changed `Fn::Sub` says nothing. */
function isFunction(value: { readonly [key: string]: Json }): boolean {
  const [key, ...more] = Object.keys(value);
  return more.length === 0 && key !== undefined && (key === 'Ref' || key.startsWith('Fn::'));
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys come from a template, so that one may be called `constructor`. */
function member(map: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function shown(value: Json | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(sorted(value));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(member(value, key) ?? null)]),
  );
}
