import type { Change, ResourceChange } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  changeHeadline,
  changeRows,
  changesMarkdown,
  rowsMarkdown,
} from '../../../../lib/aws/cloudformation/change-report.ts';

const change = (LogicalResourceId: string, more: ResourceChange): Change => ({
  Type: 'Resource',
  ResourceChange: { LogicalResourceId, ResourceType: 'AWS::SNS::Topic', ...more },
});
const tagged = (id: string) => change(id, { Action: 'Modify', Replacement: 'False', Scope: ['Tags'] });
const modified = (id: string, more: ResourceChange = {}) =>
  change(id, { Action: 'Modify', Replacement: 'False', Scope: ['Properties'], PhysicalResourceId: `${id}-1`, ...more });
const CHANGES: Change[] = [
  change('NewA', { Action: 'Add' }),
  tagged('T1'),
  modified('Changed'),
  change('NewB', { Action: 'Add' }),
  modified('Replaced', { Replacement: 'True', PolicyAction: 'ReplaceAndDelete' }),
  tagged('T2'),
  change('Gone', { Action: 'Remove', PolicyAction: 'Retain' }),
  modified('Maybe', { Replacement: 'Conditional' }),
  change('Nested', { Action: 'Dynamic' }),
  change('Adopted', { Action: 'Import' }),
];

describe('the rows of a change set', () => {
  test('put removals and replacements first', () => {
    const order = changeRows(CHANGES).map(({ logicalId }) => logicalId);
    expect(order).toEqual(['Gone', 'Replaced', 'Maybe', 'Nested', 'Changed', 'NewA', 'NewB', 'Adopted', 'T1', 'T2']);
  });

  test('name each property once, with the graver recreation and every source', () => {
    const target = { Attribute: 'Properties', Name: 'Runtime', Path: '/Properties/Runtime' } as const;
    const [row] = changeRows([
      modified('A', {
        Details: [
          { Target: { ...target, RequiresRecreation: 'Never' }, CausingEntity: 'Old' },
          { Target: { ...target, RequiresRecreation: 'Always' }, CausingEntity: 'New' },
          { Target: { Attribute: 'Metadata' } },
          { Target: { Attribute: 'Properties', Name: 'Code' } },
        ],
      }),
    ]);
    expect(row?.causes).toEqual([
      { path: '/Properties/Runtime', recreation: 'always', entities: ['New', 'Old'] },
      { path: 'Metadata', recreation: 'never', entities: [] },
      { path: 'Properties.Code', recreation: 'never', entities: [] },
    ]);
  });

  test('tags with a replacement, or with another scope, are not tags only', () => {
    const rows = changeRows([
      change('A', { Action: 'Modify', Replacement: 'True', Scope: ['Tags'] }),
      change('B', { Action: 'Modify', Replacement: 'False', Scope: ['Tags', 'Properties'] }),
    ]);
    expect(rows.map(({ tagsOnly }) => tagsOnly)).toEqual([false, false]);
  });

  test('the headline counts', () => {
    expect(changeHeadline(changeRows(CHANGES))).toBe(
      '2 to add, 1 to import, 1 to change, 1 to replace, 1 perhaps to replace, 1 known only when it runs, 1 to remove; 2 change tags only',
    );
    expect(changeHeadline(changeRows([tagged('A')]))).toBe('1 changes tags only');
    expect(changeHeadline([])).toBe('No changes');
  });
});

describe('the Markdown of a change set', () => {
  test('marks what is lost and folds what changes tags only', () => {
    const text = changesMarkdown(CHANGES);
    expect(text).toContain('| ⚠️ **remove**, the resource stays | `Gone` |');
    expect(text).toContain('| ⚠️ **replace** | `Replaced`<br>`Replaced-1` |');
    expect(text).toContain('| ⚠️ **perhaps replace** |');
    expect(text.slice(text.indexOf('<details>'))).toContain('`T1`');
    expect(text.slice(0, text.indexOf('<details>'))).not.toContain('`T1`');
  });

  test('is the same for the same changes in any order', () => {
    const whole = changesMarkdown(CHANGES);
    fc.assert(
      fc.property(fc.shuffledSubarray(CHANGES, { minLength: CHANGES.length }), (shuffled) => {
        expect(changesMarkdown(shuffled)).toBe(whole);
      }),
    );
  });

  const detail = (Path: string, CausingEntity?: string) => ({
    Target: { Attribute: 'Properties' as const, Path, BeforeValue: 'value-before', AfterValue: 'value-after' },
    ...(CausingEntity === undefined ? {} : { CausingEntity }),
  });

  test('shows no property values unless asked to', () => {
    const changes = [modified('A', { Details: [detail('/Properties/Size')] })];
    expect(changesMarkdown(changes)).not.toContain('value-');
    expect(changesMarkdown(changes, { values: true })).toContain('`/Properties/Size`: `value-before` → `value-after`');
  });

  test.each([
    ['a property with a telling name', detail('/Properties/MasterUserPassword')],
    ['a NoEcho parameter', detail('/Properties/Size', 'Hidden')],
    ['a map that holds one', { Target: { Path: '/Properties/Env', AfterValue: '{"DB_PASS":"value-after"}' } }],
  ])('never shows the values of %s', (_name, secret) => {
    const text = changesMarkdown([modified('A', { Details: [secret] })], { values: true, noEcho: ['Hidden'] });
    expect(text).toContain('`/Properties/');
    expect(text).not.toContain('value-');
  });

  test('a NoEcho parameter hides the value also when it is the second source of a change', () => {
    const changes = [
      modified('A', { Details: [detail('/Properties/Size', 'Other'), detail('/Properties/Size', 'Hidden')] }),
    ];
    expect(changesMarkdown(changes, { values: true, noEcho: ['Hidden'] })).not.toContain('value-');
  });

  test('rows that go into a plan file have no values either', () => {
    const rows = changeRows([modified('A', { Details: [detail('/Properties/Size')] })]);
    expect(JSON.stringify(rows)).not.toContain('value-');
    expect(rowsMarkdown(JSON.parse(JSON.stringify(rows)))).toContain('`/Properties/Size`');
  });

  test('text from outside stays text', () => {
    const id = '`|<img src=x>\n@everyone';
    const text = changesMarkdown([modified('A', { PhysicalResourceId: id })]);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('@everyone');
    expect(text.trim().split('\n')).toHaveLength(5);
  });
});
