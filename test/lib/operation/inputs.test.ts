import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadInput } from '../../../lib/errors.ts';
import {
  InputError,
  type InputSpec,
  type InputSpecs,
  input,
  parseInputs,
  quote,
} from '../../../lib/operation/inputs.ts';
import { codePoint } from '../../support/code-point.ts';

const WORKSPACE = path.resolve('/home/octo/shop');
const context = { workspace: WORKSPACE };
const description = 'Of no matter.';

/** The value of one input, given as text. */
async function parse(spec: InputSpec, text: string | undefined): Promise<unknown> {
  const inputs = await parseInputs({ subject: spec }, () => text, context);
  return inputs.subject;
}

/** The messages with which a call is refused; empty when it is not. */
async function refusals(specs: InputSpecs, given: Readonly<Record<string, string>>): Promise<string[]> {
  try {
    await parseInputs(specs, (name) => given[name], context);
    return [];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return error.problems.map(({ message }) => message);
  }
}

const KINDS = {
  string: input.string({ description }),
  patterned: input.string({ description, pattern: /^[a-z]+$/, form: 'lower-case letters' }),
  'patterned without a form': input.string({ description, pattern: /^[a-z]+$/ }),
  checked: input.string({ description, check: (text) => (text === 'no' ? 'is not wanted' : undefined) }),
  choice: input.choice({ description, options: ['no', 'offline', 'preview'] }),
  'choice of one': input.choice({ description, options: ['only'] }),
  boolean: input.boolean({ description, default: 'false' }),
  integer: input.integer({ description, min: -3, max: 400 }),
  number: input.number({ description, min: -1.5, max: 100 }),
  price: input.number({ description, above: 0, max: 100 }),
  duration: input.duration({ description }),
  list: input.list({ description }),
  map: input.map({ description }),
  path: input.path({ description }),
  secret: input.secret({ description }),
} as const satisfies Record<string, InputSpec>;

type Kind = keyof typeof KINDS;

describe('good values', () => {
  test.each<[Kind, string, unknown]>([
    ['string', 'a, b; $(c)', 'a, b; $(c)'],
    ['string', ' spaced ', ' spaced '],
    ['string', '007', '007'],
    ['patterned', 'abc', 'abc'],
    ['checked', 'yes', 'yes'],
    ['choice', 'offline', 'offline'],
    ['boolean', 'true', true],
    ['boolean', 'True', true],
    ['boolean', 'TRUE', true],
    ['boolean', 'false', false],
    ['boolean', 'False', false],
    ['boolean', 'FALSE', false],
    ['integer', '0', 0],
    ['integer', '-3', -3],
    ['integer', '400', 400],
    ['integer', '007', 7],
    ['number', '-1.5', -1.5],
    ['number', '100', 100],
    ['number', '0', 0],
    ['price', '0.375', 0.375],
    ['duration', '1s', 1],
    ['duration', '90m', 5400],
    ['duration', '12h', 43_200],
    ['duration', '7d', 604_800],
    ['duration', '36500d', 3_153_600_000],
    ['secret', 'p@ss: [word', 'p@ss: [word'],
  ])('%s %j', async (kind, text, value) => {
    expect(await parse(KINDS[kind], text)).toEqual(value);
  });
});

describe('bad values', () => {
  test.each<[Kind, string, string]>([
    ['patterned', 'A1', "'A1' is not allowed; write lower-case letters"],
    ['patterned', 'abc\n', "'abc\\n' is not allowed; write lower-case letters"],
    ['patterned without a form', '1', "'1' is not allowed; write text that matches /^[a-z]+$/"],
    ['checked', 'no', "'no' is not wanted"],
    ['choice', 'Offline', "'Offline' is not allowed; write 'no', 'offline' or 'preview'"],
    ['choice', 'no ', "'no ' is not allowed; write 'no', 'offline' or 'preview'"],
    ['choice of one', 'other', "'other' is not allowed; write 'only'"],
    ['boolean', 'yes', "'yes' is not a boolean; write 'true' or 'false'"],
    ['boolean', '1', "'1' is not a boolean; write 'true' or 'false'"],
    ['boolean', 'tRUE', "'tRUE' is not a boolean; write 'true' or 'false'"],
    ['integer', '-4', "'-4' is not a whole number from -3 to 400"],
    ['number', '-1.6', "'-1.6' is not a number from -1.5 to 100; write for example '0.5'"],
    ['number', '1e1', "'1e1' is not a number from -1.5 to 100; write for example '0.5'"],
    ['number', '1,5', "'1,5' is not a number from -1.5 to 100; write for example '0.5'"],
    ['number', 'NaN', "'NaN' is not a number from -1.5 to 100; write for example '0.5'"],
    ['price', '0', "'0' is not a number above 0 and up to 100; write for example '0.5'"],
    ['price', '-0.36', "'-0.36' is not a number above 0 and up to 100; write for example '0.5'"],
    ['integer', '401', "'401' is not a whole number from -3 to 400"],
    ['integer', '1.0', "'1.0' is not a whole number from -3 to 400"],
    ['integer', '1e2', "'1e2' is not a whole number from -3 to 400"],
    ['integer', '0x10', "'0x10' is not a whole number from -3 to 400"],
    ['integer', 'NaN', "'NaN' is not a whole number from -3 to 400"],
    ['integer', '9007199254740993', "'9007199254740993' is not a whole number from -3 to 400"],
    ['duration', '7x', "'7x' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '7', "'7' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '0m', "'0m' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '-1m', "'-1m' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '1.5h', "'1.5h' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '1h30m', "'1h30m' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '7D', "'7D' is not a duration; write for example '90m', '12h' or '7d'"],
    ['duration', '7d\n', "'7d\\n' is not a duration; write for example '90m', '12h' or '7d'"],
    ['list', '- a\n- b: c', "'- a\\n- b: c' is not a list of text; write one entry a line, or a YAML list"],
    ['map', 'hello', "'hello' is not a map; write a YAML map, for example 'Name: value', one entry a line"],
    ['map', '- a\n- b', "'- a\\n- b' is not a map; write a YAML map, for example 'Name: value', one entry a line"],
    [
      'map',
      'a:\n  b: c',
      "the value of 'a' is not text; write a YAML map, for example 'Name: value', one entry a line",
    ],
  ])('%s %j', async (kind, text, reason) => {
    expect(await refusals({ subject: KINDS[kind] }, { subject: text })).toEqual([`input 'subject': ${reason}`]);
  });

  // 9,999,999 days from now is the year 29,404, which no ISO instant of four digits can say.
  test('a duration of more than a hundred years', async () => {
    expect(await refusals({ subject: KINDS.duration }, { subject: '9999999d' })).toEqual([
      "input 'subject': '9999999d' is longer than 36500 days; write for example '90m', '12h' or '7d'",
    ]);
  });
});

describe('lists', () => {
  test.each<[string, string, readonly string[]]>([
    ['one a line', 'a\nb', ['a', 'b']],
    ['a single entry', 'main', ['main']],
    ['blank lines and spaces around', '  a \r\n\r\n b\n', ['a', 'b']],
    ['commas stay', 'a,b\nc', ['a,b', 'c']],
    ['what looks like a map stays text', 'a: b\nc=d', ['a: b', 'c=d']],
    ['a YAML list', '- a\n- "b: c"\n', ['a', 'b: c']],
    ['numbers of a YAML list stay text', '- 007\n- 1.10\n- true\n- null', ['007', '1.10', 'true', 'null']],
    ['a JSON list', '["a", "b,c"]', ['a', 'b,c']],
    ['an empty JSON list', '[]', []],
    ['a glob that begins with a star', '**\nfeature/*', ['**', 'feature/*']],
  ])('%s', async (_, text, entries) => {
    expect(await parse(KINDS.list, text)).toEqual(entries);
  });

  test('every entry that a check refuses is named with what is wrong', async () => {
    const digits = input.list({ description, check: (entry) => (/^\d+$/.test(entry) ? undefined : 'is not a number') });
    expect(await parse(digits, '7\n8')).toEqual(['7', '8']);
    expect(await refusals({ subject: digits }, { subject: '7\na\nb' })).toEqual([
      "input 'subject': 'a' is not a number; 'b' is not a number",
    ]);
  });

  test('a list that is not YAML is refused with what is wrong', async () => {
    const [message] = await refusals({ subject: KINDS.list }, { subject: '[a, b' });
    expect(message).toContain("input 'subject': '[a, b' is not a list: one entry a line, or a YAML list: ");
  });
});

describe('maps', () => {
  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['leading zeros stay', 'Code: 007', { Code: '007' }],
    ['trailing zeros stay', 'Version: 1.10', { Version: '1.10' }],
    ['booleans stay as written', 'A: yes\nB: True\nC: null\nD: ~', { A: 'yes', B: 'True', C: 'null', D: '~' }],
    ['dates and octals stay', 'A: 2026-11-22\nB: 0o17\nC: 1_000', { A: '2026-11-22', B: '0o17', C: '1_000' }],
    ['a comma stays', 'Subnets: subnet-1,subnet-2', { Subnets: 'subnet-1,subnet-2' }],
    ['an equals sign stays', 'Options: a=b', { Options: 'a=b' }],
    ['a list of words is joined with commas', 'Subnets: [subnet-1, subnet-2]', { Subnets: 'subnet-1,subnet-2' }],
    ['JSON', '{"A": "1", "B": 2.50}', { A: '1', B: '2.50' }],
    ['quotes and colons', 'A: "x: y"\nB: \'#1\'', { A: 'x: y', B: '#1' }],
    ['an empty value is empty text', 'A:\nB: ""', { A: '', B: '' }],
    ['text of several lines', 'A: |\n  one\n  two\n', { A: 'one\ntwo\n' }],
    ['a comment alone is an empty map', '# nothing', {}],
    ['shell text stays text', 'A: $(touch pwned)', { A: '$(touch pwned)' }],
  ])('%s', async (_, text, map) => {
    expect(await parse(KINDS.map, text)).toEqual(map);
  });

  test('a key that is given twice is refused', async () => {
    const [message] = await refusals({ subject: KINDS.map }, { subject: 'A: 1\nB: 2\nA: 3' });
    expect(message).toMatch(/^input 'subject': 'A: 1\\nB: 2\\nA: 3' is not a YAML map, .*unique/);
  });

  test('a list with a comma inside an entry is refused, because joining would make two of it', async () => {
    expect(await refusals({ subject: KINDS.map }, { subject: 'A: ["b,c"]' })).toHaveLength(1);
  });

  test('a.b=c without a colon is refused, as is a tab for indentation', async () => {
    expect(await refusals({ subject: KINDS.map }, { subject: 'A=1' })).toHaveLength(1);
    expect(await refusals({ subject: KINDS.map }, { subject: 'A:\n\tB: 1' })).toHaveLength(1);
  });

  test('a nest of aliases that would grow without end is refused', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(12).fill(`*l${n}`).join(', ')}]`,
    );
    const [message] = await refusals({ subject: KINDS.map }, { subject: ['l0: &l0 [x]', ...levels].join('\n') });
    expect(message).toContain("input 'subject': ");
  });

  test('a key named __proto__ is a key like any other', async () => {
    const map = (await parse(KINDS.map, '__proto__: x')) as object;
    expect(Object.entries(map)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
  });
});

describe('paths', () => {
  test.each([
    ['template.yaml', 'template.yaml'],
    ['./infra/../template.yaml', 'template.yaml'],
    ['infra/template.yaml', 'infra/template.yaml'],
    ['..hidden/x', '..hidden/x'],
    ['...', '...'],
    ['.', ''],
    [path.join(WORKSPACE, 'a'), 'a'],
  ])('%s is inside the workspace', async (text, relative) => {
    expect(await parse(KINDS.path, text)).toBe(path.join(WORKSPACE, relative));
  });

  test.each([
    '..',
    '../x',
    'a/../../x',
    '../../etc/passwd',
    '/etc/passwd',
    '/',
    `${WORKSPACE}-other/x`,
    'a\0b',
    '../shop2',
  ])('%j is outside of it', async (text) => {
    expect(await refusals({ subject: KINDS.path }, { subject: text })).toEqual([
      `input 'subject': ${quote(text)} is outside the workspace; write a path relative to the checkout`,
    ]);
  });

  test('whatever is accepted lies in the workspace', async () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '~', 'a', '\0', '\\'), fc.string({ maxLength: 4 }));
    const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const [value] = await Promise.allSettled([parse(KINDS.path, given)]);
        if (value.status === 'rejected') expect(value.reason).toBeInstanceOf(BadInput);
        else if (value.value !== undefined) expect(`${String(value.value)}/`.startsWith(`${WORKSPACE}/`)).toBe(true);
      }),
    );
  });
});

describe('what is not given', () => {
  test.each<[Kind, unknown]>([
    ['string', undefined],
    ['choice', undefined],
    ['boolean', false],
    ['integer', undefined],
    ['duration', undefined],
    ['list', []],
    ['map', {}],
    ['path', undefined],
    ['secret', undefined],
  ])('%s', async (kind, value) => {
    expect(await parse(KINDS[kind], undefined)).toEqual(value);
    expect(await parse(KINDS[kind], '')).toEqual(value);
    expect(await parse(KINDS[kind], ' \n')).toEqual(value);
  });

  test('a default is parsed like a given text', async () => {
    expect(await parse(input.duration({ description, default: '60m' }), '')).toBe(3600);
    expect(await parse(input.list({ description, default: 'main\nmaster' }), undefined)).toEqual(['main', 'master']);
    expect(await parse(input.map({ description, default: 'A: 01' }), undefined)).toEqual({ A: '01' });
  });

  test('a required input is refused when nothing is given, and when empty text is', async () => {
    const specs = { branch: input.string({ description, required: true }) };
    const refused = ["input 'branch': is required and was not given"];
    expect(await refusals(specs, {})).toEqual(refused);
    expect(await refusals(specs, { branch: '  ' })).toEqual(refused);
  });
});

describe('a call', () => {
  test('tells all its problems together, in the order of the inputs', async () => {
    const specs = {
      ttl: KINDS.duration,
      name: input.string({ description, required: true }),
      good: KINDS.integer,
      mode: KINDS.choice,
    };
    const refused = parseInputs(specs, (name) => ({ ttl: '7x', good: '1', mode: 'x' })[name], context);
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      problems: [
        { input: 'ttl', message: "input 'ttl': '7x' is not a duration; write for example '90m', '12h' or '7d'" },
        { input: 'name', message: "input 'name': is required and was not given" },
        { input: 'mode', message: "input 'mode': 'x' is not allowed; write 'no', 'offline' or 'preview'" },
      ],
    });
  });

  test('a renamed input is refused with what to write now, also beside the new one', async () => {
    const specs = { 'stack-role-arn': input.string({ description, renamedFrom: ['role-arn', 'cfn-role'] }) };
    const refused = "input 'role-arn': is now called 'stack-role-arn'; write 'stack-role-arn' instead";
    expect(await refusals(specs, { 'role-arn': 'x' })).toEqual([refused]);
    expect(await refusals(specs, { 'role-arn': 'x', 'stack-role-arn': 'y' })).toEqual([refused]);
    expect(await refusals(specs, { 'role-arn': '' })).toEqual([]);
  });

  test('a secret is in no message', async () => {
    const secret: InputSpec = {
      ...KINDS.secret,
      parse: (text) => {
        throw new InputError(`${quote(text)} is too short`);
      },
    };
    expect(await refusals({ token: secret }, { token: 'hunter2' })).toEqual(["input 'token': is not allowed"]);
  });

  test('a defect in a parser is not taken for bad input', async () => {
    const broken: InputSpec = {
      ...KINDS.string,
      parse: () => {
        throw new TypeError('a defect');
      },
    };
    await expect(parseInputs({ subject: broken }, () => 'x', context)).rejects.toThrow(TypeError);
  });
});

describe('any text', () => {
  const text = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          'a',
          ':',
          ' ',
          '\n',
          '- ',
          '[',
          ']',
          '{',
          '}',
          '&a',
          '*a',
          '!!x',
          '"',
          "'",
          '|',
          '>',
          '?',
          ',',
          '#',
          '\t',
          '%',
          '---',
          '<<: ',
        ),
        {
          maxLength: 25,
        },
      )
      .map((parts) => parts.join('')),
  );

  test.each(Object.keys(KINDS) as Kind[])('becomes a value or a refusal: %s', async (kind) => {
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const [{ status, ...rest }] = await Promise.allSettled([parse(KINDS[kind], given)]);
        if (status === 'rejected') expect((rest as { reason: unknown }).reason).toBeInstanceOf(BadInput);
      }),
      { numRuns: 300 },
    );
  });

  test('a list or map that is accepted holds text only', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const [list, map] = await Promise.allSettled([parse(KINDS.list, given), parse(KINDS.map, given)]);
        const entries = list.status === 'fulfilled' ? (list.value as unknown[]) : [];
        const values = map.status === 'fulfilled' ? Object.values(map.value as object) : [];
        expect([...entries, ...values].every((entry) => typeof entry === 'string')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a map written as JSON comes back as it was', async () => {
    const map = fc.dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(map, async (given) => {
        expect(await parse(KINDS.map, JSON.stringify(given))).toEqual({ ...given });
      }),
    );
  });

  test('lines without spaces around come back as they were', async () => {
    const line = fc.stringMatching(/^[a-z*/][a-z0-9*/,=:. -]{0,10}[a-z0-9]$/);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), async (lines) => {
        expect(await parse(KINDS.list, lines.join('\n'))).toEqual(lines);
      }),
    );
  });
});

describe('quote', () => {
  test.each([
    ['plain', "'plain'"],
    ['with "quotes"', `'with "quotes"'`],
    ['a\nb\tc', "'a\\nb\\tc'"],
    ['\u001b[31m', "'\\u001b[31m'"],
    ['x'.repeat(81), `'${'x'.repeat(77)}...'`],
  ])('%j', (text, quoted) => expect(quote(text)).toBe(quoted));

  test('is one line of at most 82 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 200 }), (text) => {
        const quoted = quote(text);
        expect(quoted.length).toBeLessThanOrEqual(82);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
        expect(quoted).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
  });
});
