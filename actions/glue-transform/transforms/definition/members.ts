import type { Node } from 'jsonc-parser';
import { nearest } from '../../../../lib/operation/nearest.ts';
import { findingAt, type RuleName } from '../rules.ts';
import type { SourceText } from '../source-text.ts';
import type { TransformFinding } from '../transform.ts';
import { either } from '../words.ts';

/** A value of a definition with its place. */
export interface Placed<Value> {
  readonly value: Value;
  readonly node: Node;
}

/** Collects what is wrong with a definition while it is read. */
export class DefinitionReader {
  readonly source: SourceText;
  readonly findings: TransformFinding[] = [];

  constructor(source: SourceText) {
    this.source = source;
  }

  report(rule: RuleName, at: Node, message: string, fix?: TransformFinding['fix']): void {
    this.findings.push(findingAt(rule, this.source, at.offset, message, fix));
  }

  /** The members of an object by name; what stands twice or is unknown is reported. */
  members(object: Node, what: string, known: readonly string[]): ReadonlyMap<string, Node> {
    const members = new Map<string, Node>();
    for (const property of object.children ?? []) {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      if (members.has(name)) {
        this.report(
          'duplicate-member',
          key,
          `${what} has '${name}' twice, and readers take only one of them; remove one`,
        );
      } else if (!known.includes(name)) {
        const meant = nearest(name, known);
        const advice = meant === undefined ? `Glue Studio knows ${either(known, 'and')}` : `did you mean '${meant}'?`;
        this.report(
          'unknown-member',
          key,
          `${what} has the member '${shorten(name)}', which Glue Studio does not read; ${advice}`,
        );
      }
      if (!members.has(name)) members.set(name, value);
    }
    return members;
  }

  /** A text; another type is reported. */
  text(node: Node | undefined, what: string): Placed<string> | undefined {
    return this.#typed<string>(node, what, 'string', 'a text');
  }

  boolean(node: Node | undefined, what: string): Placed<boolean> | undefined {
    return this.#typed<boolean>(node, what, 'boolean', 'true or false, without quotes');
  }

  #typed<Value>(node: Node | undefined, what: string, type: Node['type'], form: string): Placed<Value> | undefined {
    if (node === undefined) return undefined;
    if (node.type === type) return { value: node.value as Value, node };
    this.report('wrong-type', node, `${what} is ${describeType(node)}; write ${form}`);
    return undefined;
  }
}

export function describeType({ type }: Node): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'null':
      return 'null';
    case 'boolean':
      return 'a boolean';
    case 'number':
      return 'a number';
    default:
      return 'a text';
  }
}

/** A value for a message: one line, not too long. */
export function shorten(text: string, length = 60): string {
  const shown = JSON.stringify(text.slice(0, length + 1))
    .slice(1, -1)
    .replaceAll('\\"', '"');
  return text.length > length ? `${shown.slice(0, length)}...` : shown;
}
