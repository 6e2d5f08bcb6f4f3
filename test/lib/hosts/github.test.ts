import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHost } from '../../../lib/hosts/detect.ts';
import { plainLines, workflowCommand } from '../../../lib/hosts/github-command.ts';
import { commandFileEntry, exportVariables } from '../../../lib/hosts/github-command-file.ts';
import type { Host } from '../../../lib/hosts/host.ts';
import { type Fixture, fixture, readCommandFile } from './host-fixture.ts';

let at: Fixture;
let files: { GITHUB_OUTPUT: string; GITHUB_STATE: string; GITHUB_ENV: string; GITHUB_STEP_SUMMARY: string };
beforeEach(() => {
  at = fixture();
  const file = (name: string) => path.join(at.directory, name);
  files = {
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_ENV: file('env'),
    GITHUB_STEP_SUMMARY: file('summary'),
  };
});
afterEach(() => at.remove());

const github = (environment: NodeJS.ProcessEnv = {}, more = {}): Promise<Host> =>
  createHost(at.options({ GITHUB_ACTIONS: 'true', ...files, ...environment }, more));
const NASTY = '$(touch pwned);"x"';

describe('inputs', () => {
  test('come from INPUT_<NAME> with hyphens kept', async () => {
    const host = await github({ 'INPUT_STACK-PREFIX': ' app\n', INPUT_TTL: '', INPUT_TWO_WORDS: 'x' });
    expect(host.rawInput('stack-prefix')).toBe('app');
    expect(host.rawInput('ttl')).toBeUndefined();
    expect(host.rawInput('two words')).toBe('x');
    expect(host.rawInput('absent')).toBeUndefined();
  });

  test('come from INPUT_<NAME> with underscores where a shell could pass no hyphen', async () => {
    const host = await github({ INPUT_STACK_PREFIX: 'app' });
    expect(host.rawInput('stack-prefix')).toBe('app');
  });

  test('of type secret are masked when they are read', async () => {
    const host = await github({ INPUT_PASSWORD: 'hunter2' }, { secretInputs: new Set(['password']) });
    expect(host.rawInput('password')).toBe('hunter2');
    expect(at.stdout.text).toBe('::add-mask::hunter2\n');
  });
});

describe('outputs', () => {
  test('reach the command file as they are', async () => {
    const host = await github();
    await host.setOutputs({ 'stack-name': 'app-1', branch: NASTY, empty: '' });
    expect(readCommandFile(readFileSync(files.GITHUB_OUTPUT, 'utf8'))).toEqual({
      'stack-name': 'app-1',
      branch: NASTY,
      empty: '',
    });
  });

  test.each(['a\nb', 'a\rb', 'a\u2028b', 'x\n::set-output name=y::z'])(
    'of more than one line are refused: %j',
    async (value) => {
      const host = await github();
      await expect(host.setOutputs({ good: 'x', list: value })).rejects.toThrow(
        /^Output 'list' holds more than one line.*result file/,
      );
      expect(existsSync(files.GITHUB_OUTPUT)).toBe(false);
    },
  );

  test('with a name that could begin another entry are refused', async () => {
    const host = await github();
    await expect(host.setOutputs({ 'a<<b': 'x' })).rejects.toThrow('is not a name for an output');
  });

  test('say which variable is missing', async () => {
    const host = await createHost(at.options({ GITHUB_ACTIONS: 'true' }));
    await expect(host.setOutputs({ a: 'b' })).rejects.toThrow('The variable GITHUB_OUTPUT is not set');
  });

  test('cannot break out of their entry, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\n', 'a', 'b<<c', 'evil=1', 'DELIM2', '::set-output name=x::y')),
        (parts) => {
          const value = parts.join('');
          expect(readCommandFile(commandFileEntry('name', value, 'DELIM'.padEnd(40, '1')))).toEqual({ name: value });
        },
      ),
    );
  });

  test('that hold the delimiter are refused', () => {
    expect(() => commandFileEntry('name', 'x\nDELIM\nevil=1', 'DELIM')).toThrow('holds the random delimiter');
  });

  test('have a new delimiter each time', async () => {
    const host = await github();
    await host.setOutputs({ a: '1', b: '2' });
    const delimiters = [...readFileSync(files.GITHUB_OUTPUT, 'utf8').matchAll(/<<(.+)/g)].map(([, found]) => found);
    expect(new Set(delimiters).size).toBe(2);
  });
});

describe('variables for later steps', () => {
  test('go to GITHUB_ENV', async () => {
    await exportVariables(files, { HEADGATE_BRANCH: 'two\nlines' });
    expect(readCommandFile(readFileSync(files.GITHUB_ENV, 'utf8'))).toEqual({ HEADGATE_BRANCH: 'two\nlines' });
  });

  test.each(['NODE_OPTIONS', 'PATH', 'LD_PRELOAD', 'GITHUB_TOKEN'])(
    'are refused when they change how programs run: %s',
    async (name) => {
      await expect(exportVariables(files, { [name]: 'x' })).rejects.toThrow(`The variable '${name}' is not set`);
    },
  );
});

describe('state', () => {
  test('travels from main to post by STATE_ variables; the last one wins', async () => {
    const main = await github();
    await main.saveState('image build', { run: 1 });
    await main.saveState('image build', { run: 2, text: NASTY });
    expect(await main.savedState('image build')).toEqual({ run: 2, text: NASTY });
    const saved = readCommandFile(readFileSync(files.GITHUB_STATE, 'utf8'));
    const post = await github(
      Object.fromEntries(Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value])),
    );
    expect(await post.savedState('image build')).toEqual({ run: 2, text: NASTY });
    expect(await post.savedState('image test')).toBeUndefined();
  });
});

describe('log', () => {
  test('commands are escaped', async () => {
    const host = await github();
    host.annotate({ level: 'error', message: '100%\nof ::it', title: 'a: b, c', file: 'x,y.ts', line: 3 });
    host.log.warning('care\r\nful');
    host.log.debug('fine');
    expect(at.stdout.text).toBe(
      '::error title=a%3A b%2C c,file=x%2Cy.ts,line=3::100%25%0Aof ::it\n::warning::care%0D%0Aful\n::debug::fine\n',
    );
  });

  test('an annotation without a place is a command without properties', async () => {
    (await github()).annotate({ level: 'notice', message: 'hello' });
    expect(at.stdout.text).toBe('::notice::hello\n');
  });

  test('text from outside never becomes a command', () => {
    // What the runner does: a command at the beginning of a line, and the older form anywhere in it.
    const isCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[');
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('::', ':', '##[', '#', '[', ' ', '\t', '\n', '\r', '\x1b', '\u0085', 'set-output', 'x'),
        ),
        (parts) => {
          expect(plainLines(parts.join('')).filter(isCommand)).toEqual([]);
        },
      ),
    );
  });

  test('plain text stays as it is', () => {
    expect(plainLines('a::b ## [x]\nsecond')).toEqual(['a::b ## [x]', 'second']);
  });

  test('groups fold, and an inner group is a line of the outer one', async () => {
    const host = await github();
    const result = await host.log.group('outer\n::evil::', async () => await host.log.group('inner', async () => 7));
    expect(result).toBe(7);
    expect(at.stdout.text).toBe('::group::outer ::evil::\ninner\n::endgroup::\n');
  });

  test('a group ends when its work fails', async () => {
    const host = await github();
    await expect(host.log.group('work', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(at.stdout.text).toContain('::endgroup::');
  });

  test('quiet leaves warnings', async () => {
    const host = await github({}, { flags: { json: false, quiet: true } });
    host.log.info('progress');
    host.log.warning('care');
    expect(at.stdout.text).toBe('::warning::care\n');
  });
});

describe('masks', () => {
  test('are given to the runner once, escaped, and applied to what we print and publish', async () => {
    const host = await github();
    host.mask('top\nsecret');
    host.mask('top\nsecret');
    host.mask('  ');
    host.log.info('the secret of the top');
    await host.summary('a secret');
    expect(at.stdout.text).toBe('::add-mask::top%0Asecret\nthe *** of the ***\n');
    expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toBe('a ***\n');
  });
});

describe('summary', () => {
  test('adds up, and is cut to what a step may write', async () => {
    const host = await github();
    await host.summary('# First');
    await host.summary('line of text\n'.repeat(100_000));
    const text = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8');
    expect(text.startsWith('# First\nline of text\n')).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000_000);
    expect(text).toMatch(/\*Cut here: [\d,]+ of 1,300,000 bytes are left out.*\*\n$/);
  });

  test('says in the log when there is no room at all', async () => {
    writeFileSync(files.GITHUB_STEP_SUMMARY, 'x'.repeat(1_000_000));
    await (await github()).summary('more');
    expect(at.stdout.text).toContain('::warning::');
    expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toHaveLength(1_000_000);
  });

  test('needs no file', async () => {
    const host = await github({ GITHUB_STEP_SUMMARY: '' });
    await expect(host.summary('text')).resolves.toBeUndefined();
  });
});

describe('identity token', () => {
  test('is undefined for a job without the permission', async () => {
    expect(await (await github()).identityToken('sts.amazonaws.com')).toBeUndefined();
  });

  test('comes from the token service for the audience', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ value: 'the.id.token' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const before = { ...process.env };
    // @actions/core reads the process' own environment.
    const variables = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime',
    };
    Object.assign(process.env, variables);
    try {
      const host = await github(variables);
      expect(await host.identityToken('sts.amazonaws.com')).toBe('the.id.token');
      expect(asked).toEqual(['Bearer runtime /token?api=1&audience=sts.amazonaws.com']);
    } finally {
      process.env = before;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test('a workflow command without properties has no space before its text', () => {
  expect(workflowCommand('endgroup', '')).toBe('::endgroup::');
});
