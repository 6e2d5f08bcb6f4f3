import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  blockId,
  DamagedBlock,
  HASH_COMMENT,
  insertBlock,
  isOurFile,
  removeBlock,
  XML_COMMENT,
} from '../../../actions/packages/login/block.ts';
import { cargoFiles } from '../../../actions/packages/login/cargo.ts';
import type { LoginFile, RegionLogin } from '../../../actions/packages/login/login-file.ts';
import { mavenFile } from '../../../actions/packages/login/maven.ts';
import { npmFile } from '../../../actions/packages/login/npm.ts';
import { pipFile } from '../../../actions/packages/login/pip.ts';
import { readPipSettings } from '../../../actions/packages/login/pip-settings.ts';
import { requires } from '../../support/requires.ts';

// Our lines in the user's files: they go in beside everything else, and come out without a trace.

const python = requires('python3', 'its configparser says what a pip.conf means');

const place = { file: '/home/me/file', root: '/home/me' };
const tools = ['pip', 'npm', 'maven', 'cargo'] as const;
const formats = { pip: 'pypi', npm: 'npm', maven: 'maven', cargo: 'cargo' };
const login = (region: string): RegionLogin => ({
  region,
  token: `secret-${region}`,
  expiration: new Date(0),
  endpoints: new Map(
    tools.map((tool) => [
      tool,
      new URL(`https://team-111122223333.d.codeartifact.${region}.amazonaws.com/${formats[tool]}/packages/`),
    ]),
  ),
  milliseconds: 1,
});
const logins = [login('eu-west-1'), login('eu-central-1'), login('us-east-1')] as const;
const ID = 'team/packages';

function withLogin(file: LoginFile, text: string, id = ID): string {
  return insertBlock(text, { id, comment: file.comment, isNewFile: false, ...file.content(text, logins) });
}

/** Any bytes, and texts that look like settings. */
const anyText = fc
  .oneof(
    fc.array(
      fc.constantFrom(
        ...[
          '[global]\n',
          '[install]\n',
          '  timeout = 5\n',
          'registry=x\n',
          '\n',
          '\r\n',
          '# c\n',
          '[a.b]\n',
          'k',
          '\t',
        ],
      ),
    ),
    fc.array(fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))),
  )
  .map((parts) => parts.join(''));

describe('a block', () => {
  const files = [pipFile(place, true), npmFile(place, []), mavenFile(place, 'team')];

  test.each(files.map((file) => [file.tool, file] as const))('of %s goes in and comes out of any text', (_, file) => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(removeBlock(withLogin(file, text), ID)).toEqual({ text, isNewFile: false });
      }),
    );
  });

  test('goes into any place where a line begins', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), fc.boolean(), (text, seed, isNewFile) => {
        const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1), text.length];
        const offset = starts[seed % starts.length]!;
        const block = { id: ID, comment: HASH_COMMENT, body: 'a = b\n', offset, isNewFile };
        expect(removeBlock(insertBlock(text, block), ID)).toEqual({ text, isNewFile });
      }),
    );
  });

  test('stands beside that of another login, and each comes out alone', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, firstGoesFirst) => {
        const npm = npmFile(place, []);
        const both = withLogin(npm, withLogin(npm, text, 'team/a'), 'team/a-b');
        const [first, second] = firstGoesFirst ? (['team/a', 'team/a-b'] as const) : (['team/a-b', 'team/a'] as const);
        expect(removeBlock(removeBlock(both, first)!.text, second)?.text).toBe(text);
      }),
    );
  });

  test('is not in a text that has only that of another login', () => {
    const text = withLogin(npmFile(place, []), '', 'team/packages-2');
    expect(removeBlock(text, ID)).toBeUndefined();
    expect(removeBlock('', ID)).toBeUndefined();
  });

  test('without its last line is refused by its line', () => {
    const text = withLogin(npmFile(place, []), 'a=b\n').replace(/^# .* end .*\n/m, '');
    expect(() => removeBlock(text, ID)).toThrow(DamagedBlock);
    expect(() => removeBlock(text, ID)).toThrow('the mark in line 2 has no end');
  });

  test('makes a file ours where a login made it, and nothing else is in it', () => {
    const block = { id: ID, comment: XML_COMMENT, body: '<a/>\n', offset: 0 };
    expect(isOurFile(insertBlock('', { ...block, isNewFile: true }))).toBe(true);
    expect(isOurFile(insertBlock('', { ...block, isNewFile: false }))).toBe(false);
    expect(isOurFile(`${insertBlock('', { ...block, isNewFile: true })}x`)).toBe(false);
  });

  test('has an id that a comment of XML may hold, and no two repositories share', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
    fc.assert(
      fc.property(name, name, name, name, (a, b, c, d) => {
        expect(blockId(undefined, a, b)).not.toContain('--');
        expect(blockId(undefined, a, b) === blockId(undefined, c, d)).toBe(a === c && b === d);
      }),
    );
    expect(blockId('111122223333', 'a---b', 'c')).toBe('111122223333/a-~-b/c');
  });
});

/** What Python's configparser makes of texts; null where it refuses one. */
function parsed(texts: readonly string[]): (Record<string, Record<string, string>> | null)[] {
  const program = `
import configparser, json, sys
def read(text):
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return {section: dict(parser.items(section)) for section in parser.sections()}
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;
  return JSON.parse(execFileSync(python.path, ['-c', program], { input: JSON.stringify(texts), encoding: 'utf8' }));
}

describe("pip's settings", () => {
  python.test('have the login in [global] and are otherwise the same, for whatever configparser takes', () => {
    const lines = [
      '[global]',
      '[install]',
      'timeout = 5',
      'proxy: none',
      'cert',
      'quiet =',
      '# c',
      '; d',
      '',
      'key=[x]',
    ];
    const line = fc
      .tuple(fc.constantFrom('', ' ', '  ', '\t'), fc.constantFrom(...lines))
      .map((parts) => parts.join(''));
    const texts = fc.sample(fc.array(line, { maxLength: 9 }), { numRuns: 1500, seed: 7 }).map((all) => all.join('\n'));
    const before = parsed(texts);
    const after = parsed(texts.map((text) => withLogin(pipFile(place, true), text)));
    let compared = 0;
    for (const [n, was] of before.entries()) {
      if (was === null) continue;
      compared += 1;
      const now = after[n]!;
      const { 'index-url': index, 'extra-index-url': extra, ...others } = now!.global!;
      expect(index).toContain('secret-us-east-1');
      expect(
        extra!
          .trim()
          .split(/\s+/)
          .map((url) => new URL(url).password),
      ).toEqual(['secret-eu-central-1', 'secret-eu-west-1']);
      // Blank lines at the end of a value belong to it, and move with what comes after them.
      expect(trimmed({ ...now, global: others })).toEqual(trimmed({ global: {}, ...was }));
    }
    expect(compared).toBeGreaterThan(100);
  });

  test('are read by section and name, whatever the case and the hyphens', () => {
    const text = '[global]\nTimeout: 5\n  index-url = no\n\n[install]\n--Index_URL = x\n[list]\nno_index\n';
    expect(readPipSettings(text).options).toEqual([
      { section: 'global', name: 'timeout', line: 2 },
      { section: 'install', name: 'index-url', line: 6 },
      { section: 'list', name: 'no-index', line: 8 },
    ]);
    expect(pipFile(place, false).conflicts(text)).toEqual([
      { line: 6, what: 'sets index-url in [install]' },
      { line: 8, what: 'sets no-index in [list]' },
    ]);
  });

  test('keep another index of the user where no second one of ours is written', () => {
    const text = '[global]\nextra-index-url = https://pypi.example.com/simple/\n';
    expect(pipFile(place, false).conflicts(text)).toEqual([]);
    expect(pipFile(place, true).conflicts(text)).toEqual([{ line: 2, what: 'sets extra-index-url in [global]' }]);
  });
});

function trimmed(settings: Record<string, Record<string, string>>): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).map(([section, options]) => [
      section,
      Object.fromEntries(Object.entries(options).map(([name, value]) => [name, value?.trim()])),
    ]),
  );
}

describe("cargo's files", () => {
  const [credentials, config] = cargoFiles({ folder: '/home/me/.cargo', root: '/home/me' }, 'team');

  test.each([
    ['[registries.team]\nindex = "x"\n', [{ line: 1, what: "has a registry 'team'" }]],
    ['[net]\n\n[registries]\nother.index = "y"\nteam.index = "x"\n', [{ what: "has a registry 'team'" }]],
    ['registries."team" = { index = "x" }\n', [{ line: 1, what: "has a registry 'team'" }]],
    [
      'registries = { other = { index = "x" } }\n',
      [{ line: undefined, what: "has 'registries' in one line, which nothing can be added to" }],
    ],
    ['a = 1\nb = "secret\n', [{ line: 2, what: 'is not TOML there' }]],
    ['[registries.other]\nindex = "x"\n', []],
    ['[registries]\nother.index = "x"\n', []],
    ['# [registries.team]\n[a]\ntext = """\n[registries.team]\n"""\n', []],
  ])('%j', (text, expected) => {
    expect(config!.conflicts(text)).toMatchObject(expected);
    expect(credentials!.conflicts(text)).toHaveLength(expected.length);
  });
});

test("Maven's settings of the user, and those of another login, are left alone", () => {
  const file = mavenFile(place, 'team');
  expect(file.conflicts('')).toEqual([]);
  expect(file.conflicts('<settings/>')).toEqual([{ line: undefined, what: 'is a file of yours' }]);
  expect(file.conflicts(withLogin(file, '', 'other/packages'))).toEqual([
    { line: undefined, what: 'is of the login to other/packages' },
  ]);
});
