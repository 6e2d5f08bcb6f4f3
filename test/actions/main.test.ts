import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { main } from '../../actions/main.ts';
import { operations } from '../../actions/operations.ts';
import { allInputs, allOutputs } from '../../lib/operation/common-inputs.ts';

class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'headgate-main-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const { PATH = '', HOME = '' } = process.env;

interface Started {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Starts the program from a command line, outside of any repository. */
async function headgate(
  parts: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  door?: string,
): Promise<Started> {
  const stdout = new Kept();
  const stderr = new Kept();
  const code = await main({
    ...(door === undefined ? {} : { door }),
    arguments: parts,
    environment: { PATH, HOME, GIT_CEILING_DIRECTORIES: path.dirname(cwd), ...environment },
    cwd,
    stdout,
    stderr,
  });
  return { code, out: stdout.text, err: stderr.text };
}

const NAME = ['branch-stack', 'name'];
const IDENTITY = ['--branch', 'main', '--repository', 'github.com/octo-org/shop'];
const MAIN_STACK = 'shop-main-';

describe('help', () => {
  test('without arguments, and with --help, all operations are listed with what they do', async () => {
    const help = await headgate(['--help']);
    expect(help).toEqual(await headgate([]));
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const [name, load] of Object.entries(operations)) {
      expect(help.out).toContain(name);
      expect(help.out).toContain((await load()).default.summary);
    }
    expect(help.out).toContain('headgate local start');
  });

  test.each([[['branch-stack']], [['branch-stack', '--help']], [['--help', 'branch-stack']]])(
    '%j lists the operations of the scenario only',
    async (parts) => {
      const { code, out } = await headgate(parts);
      expect(code).toBe(0);
      expect(out).toContain('branch-stack deploy');
      expect(out).toContain('branch-stack destroy');
      expect(out).not.toContain('stack bootstrap');
    },
  );

  test.each(Object.keys(operations))('of %s names every input and output', async (name) => {
    const operation = (await operations[name]!()).default;
    const { code, out, err } = await headgate([...name.split(' '), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.startsWith(`headgate ${name}\n${operation.summary}\n`)).toBe(true);
    for (const [input, { description }] of Object.entries(allInputs(operation))) {
      expect(out).toContain(`--${input} <`);
      expect(out).toContain(description);
    }
    for (const output of Object.keys(allOutputs(operation))) expect(out).toMatch(new RegExp(`^ {2}${output}\\b`, 'm'));
    expect(out).toContain('Exit codes: 0 done, 1 failed, 2 bad input, 130 cancelled.');
  });

  test('shows the words of a choice and the default', async () => {
    const { out } = await headgate(['branch-stack', 'deploy', '-h']);
    expect(out).toContain('--dry-run <no|offline|preview>');
    expect(out).toContain('default: "60m"');
  });
});

test('--version is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  expect(await headgate(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

describe('an operation', () => {
  test('runs with the inputs of the flags', async () => {
    const { code, out } = await headgate([...NAME, ...IDENTITY]);
    expect(code).toBe(0);
    expect(out).toContain(`stack-name=${MAIN_STACK}`);
    expect(out).toContain('branch=main\n');
  });

  test('with --json writes one line of JSON and nothing else to standard output', async () => {
    const { code, out } = await headgate([...NAME, ...IDENTITY, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      outputs: expect.objectContaining({ branch: 'main', repository: 'github.com/octo-org/shop' }),
    });
  });

  test('with --quiet shows results only', async () => {
    const { err, out } = await headgate([...NAME, ...IDENTITY, '--quiet']);
    expect(err).toBe('');
    expect(out).toContain('stack-name=');
  });

  test('with --cleanup runs nothing but what must end with a job', async () => {
    expect(await headgate([...NAME, ...IDENTITY, '--cleanup'])).toEqual({ code: 0, out: '', err: '' });
  });
});

describe('refused with exit code 2', () => {
  test.each<[string, string[], string]>([
    [
      'an unknown operation',
      ['branch-stack', 'deplyo'],
      "input 'operation': there is no operation 'branch-stack deplyo'; did you mean 'branch-stack deploy'? 'headgate --help' lists all",
    ],
    ['a name that every object has', ['constructor'], "input 'operation': there is no operation 'constructor'"],
    [
      'an unknown scenario',
      ['warehouse'],
      "input 'operation': there is no operation 'warehouse'? 'headgate --help' lists all",
    ],
    [
      'an unknown operation although help is asked for',
      ['branch-stack', 'deplyo', '--help'],
      "there is no operation 'branch-stack deplyo'",
    ],
    [
      'an unknown input that is nearly one',
      [...NAME, '--brnach', 'x'],
      "input 'brnach': 'branch-stack name' has no such input; did you mean 'branch'?",
    ],
    [
      'an unknown input that is like none',
      [...NAME, '--warehouse', 'x'],
      "input 'warehouse': 'branch-stack name' has no such input\n",
    ],
    ['an input twice', [...NAME, '--branch=a', '--branch=b'], "input 'branch': was given twice"],
    ['a word too many', [...NAME, 'main'], "'main' is one word too many"],
    ['a host that does not exist', NAME, "input 'HEADGATE_HOST': is not a host"],
  ])('%s', async (what, parts, message) => {
    const { code, out, err } = await headgate(parts, what.startsWith('a host') ? { HEADGATE_HOST: 'jenkins' } : {});
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.startsWith('headgate: ')).toBe(true);
    expect(err).toContain(message);
  });

  test('all unknown inputs together', async () => {
    const { err } = await headgate([...NAME, '--brnach', 'x', '--prefxi', 'y']);
    expect(err.trimEnd().split('\n')).toHaveLength(2);
  });

  test('the value of an input, by the operation', async () => {
    const { code, err } = await headgate([...NAME, '--branch', 'a..b', '--repository', 'x']);
    expect(code).toBe(2);
    expect(err).toContain("input 'branch': 'a..b' is not a branch name: it holds '..'");
    expect(err).toContain("input 'repository': 'x' ");
    expect(err).toContain('Nothing was changed.');
  });
});

describe('a door of GitHub', () => {
  const github = () => ({
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: cwd,
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_EVENT_PATH: path.resolve(import.meta.dirname, '..', '..', 'package.json'),
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'octo-org/shop',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_OUTPUT: path.join(cwd, 'outputs'),
    GITHUB_STEP_SUMMARY: path.join(cwd, 'summary'),
  });
  const written = () => readFileSync(path.join(cwd, 'outputs'), 'utf8');
  const touch = async () => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(cwd, 'outputs'), '');
    writeFileSync(path.join(cwd, 'summary'), '');
  };
  beforeEach(touch);

  test('that fixes the operation takes its inputs from the step', async () => {
    const { code } = await headgate([], { ...github(), INPUT_BRANCH: 'feature/a' }, 'branch-stack name');
    expect(code).toBe(0);
    expect(written()).toContain('shop-feature-a-');
  });

  test('for any operation takes its name and a map of inputs', async () => {
    const inputs = 'branch: feature/b\ncomponent: "007-a"\n';
    const refused = await headgate(
      [],
      { ...github(), INPUT_OPERATION: 'branch-stack name', INPUT_INPUTS: inputs },
      '*',
    );
    expect(refused.code).toBe(2);
    expect(refused.out).toContain("input 'component': '007-a'");

    const good = { ...github(), INPUT_OPERATION: 'branch-stack name', INPUT_INPUTS: 'branch: "1.10"' };
    expect((await headgate([], good, '*')).code).toBe(0);
    expect(written()).toContain('shop-1-10-');
  });

  test('for any operation hands a map or a list inside on as it was written', async () => {
    const INPUT_INPUTS =
      'parameters:\n  Code: 007\n  Code2: 1.10\ncapabilities:\n  - NOT_A_CAPABILITY\ntemplate: missing.yaml\nttl: 7x';
    const start = { ...github(), INPUT_OPERATION: 'branch-stack deploy', INPUT_INPUTS };
    const { code, out } = await headgate([], start, '*');
    expect(code).toBe(2);
    // `parameters` and `capabilities` are fine for the parser, so that only `ttl` is named.
    expect(out.match(/::error/g)).toHaveLength(1);
    expect(out).toContain("input 'ttl': '7x' is not a duration");
  });

  test.each<[string, Record<string, string>, string]>([
    ['no operation', {}, "input 'operation': is required; write for example 'branch-stack deploy'"],
    ['an unknown operation', { INPUT_OPERATION: 'branch-stack nam' }, "did you mean 'branch-stack name'?"],
    [
      'a list of inputs',
      { INPUT_OPERATION: 'branch-stack name', INPUT_INPUTS: '- a' },
      "input 'inputs': is not a YAML map of inputs: it is not a map",
    ],
    [
      'broken YAML',
      { INPUT_OPERATION: 'branch-stack name', INPUT_INPUTS: 'a: [' },
      "input 'inputs': is not a YAML map of inputs: ",
    ],
    ['an unknown input', { INPUT_OPERATION: 'branch-stack name', INPUT_INPUTS: 'brnach: x' }, "did you mean 'branch'?"],
  ])('for any operation refuses %s', async (_, inputs, message) => {
    const { code, err } = await headgate([], { ...github(), ...inputs }, '*');
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
