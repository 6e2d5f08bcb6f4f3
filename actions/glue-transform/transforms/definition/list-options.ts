import type { Node } from 'jsonc-parser';
import { nearest } from '../../../../lib/operation/nearest.ts';
import type { Parameter } from '../transform.ts';
import { type DefinitionReader, describeType, type Placed, shorten } from './members.ts';
import { checkDisplayedText } from './texts.ts';

type Options = Parameter['listOptions'];
type ListType = NonNullable<Parameter['listType']>;

const LIST_TYPES: readonly string[] = ['str', 'int', 'float'] satisfies ListType[];
const FORMS: Readonly<Record<ListType, RegExp>> = {
  str: /[\s\S]*/,
  int: /^[+-]?\d+$/,
  float: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
};

/**
 * The options of a drop-down list: texts, objects with `label` and `value`, one text with commas, or the word `column`.
 * Source: Glue user guide, "JSON config file" and "Usage examples", where a str and a list have options.
 */
export function readListOptions(
  reader: DefinitionReader,
  members: ReadonlyMap<string, Node>,
  what: string,
  type: Parameter['type'] | undefined,
): Pick<Parameter, 'listOptions' | 'listType'> {
  const listType = readListType(reader, members.get('listType'), what, type);
  const node = members.get('listOptions');
  if (node === undefined) return { listOptions: undefined, listType };
  if (type !== undefined && type !== 'list' && type !== 'str') {
    reader.report(
      'list-options-on-other-type',
      node,
      `${what} has 'listOptions', but its type is ${type}; Glue Studio offers options only for the types str (one of them) and list (several)`,
    );
  }
  return { listOptions: readOptions(reader, node, `the 'listOptions' of ${what}`, listType), listType };
}

function readListType(
  reader: DefinitionReader,
  node: Node | undefined,
  what: string,
  type: Parameter['type'] | undefined,
): ListType | undefined {
  const given = reader.text(node, `the 'listType' of ${what}`);
  if (given === undefined) return undefined;
  if (type !== undefined && type !== 'list') {
    reader.report(
      'list-type-on-other-type',
      given.node,
      `${what} has a 'listType', but its type is ${type}; remove it, or write the type 'list'`,
    );
  }
  if (LIST_TYPES.includes(given.value)) return given.value as ListType;
  reader.report(
    'list-type-unknown',
    given.node,
    `the 'listType' of ${what} is '${shorten(given.value)}'; write 'str', 'int' or 'float'`,
  );
  return undefined;
}

interface Option {
  readonly label: Placed<string>;
  readonly value: Placed<string>;
}

function readOptions(reader: DefinitionReader, node: Node, what: string, listType: ListType | undefined): Options {
  if (node.type === 'string') {
    const text = String(node.value);
    if (text === 'column') return 'column';
    if (!text.includes(',') && nearest(text, ['column']) !== undefined) {
      reader.report(
        'list-options-unknown',
        node,
        `${what} is '${shorten(text)}'; did you mean 'column', the columns of the input?`,
      );
      return undefined;
    }
    return check(
      reader,
      node,
      text.split(',').map((value) => ({ label: { value, node }, value: { value, node } })),
      what,
      listType,
    );
  }
  if (node.type !== 'array') {
    reader.report(
      'wrong-type',
      node,
      `${what} is ${describeType(node)}; write a list of texts, a list of objects with 'label' and 'value', or the word 'column'`,
    );
    return undefined;
  }
  const options = (node.children ?? []).flatMap((entry): Option[] => {
    if (entry.type === 'object') return readOption(reader, entry, what);
    const text = reader.text(entry, `an entry of ${what}`);
    return text === undefined ? [] : [{ label: text, value: text }];
  });
  return options.length < (node.children?.length ?? 0) ? undefined : check(reader, node, options, what, listType);
}

function readOption(reader: DefinitionReader, entry: Node, what: string): Option[] {
  const members = reader.members(entry, `an option of ${what}`, ['label', 'value']);
  for (const name of ['label', 'value']) {
    if (!members.has(name))
      reader.report('missing-member', entry, `an option of ${what} has no '${name}'; write both 'label' and 'value'`);
  }
  const label = reader.text(members.get('label'), `the 'label' of an option of ${what}`);
  const value = reader.text(members.get('value'), `the 'value' of an option of ${what}`);
  return label === undefined || value === undefined ? [] : [{ label, value }];
}

function check(
  reader: DefinitionReader,
  node: Node,
  options: readonly Option[],
  what: string,
  listType: ListType | undefined,
): Options {
  if (options.length === 0) {
    reader.report(
      'list-options-empty',
      node,
      `${what} is empty, so there is nothing to choose; add options, or remove it`,
    );
    return undefined;
  }
  const values = new Set<string>();
  const labels = new Set<string>();
  for (const { label, value } of options) {
    if (value.value.trim() === '') {
      reader.report(
        'list-options-empty',
        value.node,
        `${what} has an empty option; give it a value, or make the parameter optional`,
      );
      continue;
    }
    if (label.node !== node) checkDisplayedText(reader, label, `a label of ${what}`, 'option');
    if (values.has(value.value)) {
      reader.report(
        'list-options-duplicate',
        value.node,
        `${what} has the value '${shorten(value.value)}' twice; remove one`,
      );
    } else if (labels.has(label.value)) {
      reader.report(
        'list-options-duplicate',
        label.node,
        `${what} has the label '${shorten(label.value)}' twice, so people cannot tell the two apart; change one`,
      );
    }
    values.add(value.value);
    labels.add(label.value);
    if (listType !== undefined && !FORMS[listType].test(value.value)) {
      reader.report(
        'list-option-of-other-type',
        value.node,
        `${what} has '${shorten(value.value)}', which is no ${listType}, but 'listType' is ${listType}`,
      );
    }
  }
  return options.map(({ label, value }) => ({ label: label.value, value: value.value }));
}
