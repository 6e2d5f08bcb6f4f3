/** Half-open range of UTF-16 offsets in the template's text. Tag and anchor of a value lie before its range. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

interface NodeBase {
  readonly range: SourceRange;
  /** A tag as written, for example `!Ref`, `!Sub`, or `tag:yaml.org,2002:str`. */
  readonly tag?: string;
}

/** A scalar; `value` is exactly the text that was written, so that `007` and `1.10` stay. */
export interface TextNode extends NodeBase {
  readonly kind: 'text';
  readonly value: string;
  readonly style: 'plain' | 'quoted' | 'block';
}

export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, TemplateNode>;
}

export interface ListNode extends NodeBase {
  readonly kind: 'list';
  readonly items: readonly TemplateNode[];
}

/** A value in a template, with the place in the text that it came from. */
export type TemplateNode = TextNode | MapNode | ListNode;

/** Whether the value is left empty or written as YAML's null. */
export function isNull(node: TemplateNode | undefined): boolean {
  return node?.kind === 'text' && node.style === 'plain' && /^(|~|null|Null|NULL)$/.test(node.value);
}

/** The text of an untagged scalar; a null, an intrinsic function and any other node give undefined. */
export function plainText(node: TemplateNode | undefined): string | undefined {
  return node?.kind === 'text' && node.tag === undefined && !isNull(node) ? node.value : undefined;
}

/** The value below a path of map keys. */
export function valueAt(node: TemplateNode | undefined, path: readonly string[]): TemplateNode | undefined {
  let current = node;
  for (const key of path) {
    if (current?.kind !== 'map') return undefined;
    current = current.entries.get(key);
  }
  return current;
}

/** Every node of a tree, parents first, in document order. */
export function* allNodes(root: TemplateNode): Generator<TemplateNode> {
  yield root;
  const children = root.kind === 'map' ? root.entries.values() : root.kind === 'list' ? root.items : [];
  for (const child of children) yield* allNodes(child);
}
