import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunnerStep, runJob, type StepResult } from './github-runner.ts';
import { parseAnnotations, parseCommandFile } from './github-runner-protocol.ts';

describe('a job on our runner', () => {
  let actions: string;

  beforeEach(async () => {
    actions = await mkdtemp(path.join(os.tmpdir(), 'headgate-runner-test-'));
  });

  afterEach(async () => {
    await rm(actions, { recursive: true, force: true });
  });

  /** An action of one file; `post` runs the same file. */
  async function action(name: string, more: string, code: string): Promise<RunnerStep> {
    await mkdir(path.join(actions, name));
    const manifest = `name: ${name}\ndescription: x\n${more}runs: { using: node24, main: main.mjs, post: main.mjs }\n`;
    await writeFile(path.join(actions, name, 'action.yml'), manifest);
    const begin = "import { appendFileSync as add, readFileSync as read } from 'node:fs';\nconst env = process.env;\n";
    await writeFile(path.join(actions, name, 'main.mjs'), begin + code);
    return { uses: name };
  }

  async function run(...steps: RunnerStep[]): Promise<readonly StepResult[]> {
    const event = { name: 'push', payload: { ref: 'refs/heads/x' }, ref: 'refs/heads/x', sha: '1'.repeat(40) } as const;
    const job = {
      event,
      repository: 'octo-org/shop',
      workspace: actions,
      actions,
      apiUrl: 'http://127.0.0.1:9',
      token: 'ghs_x',
    };
    return await runJob(job, steps);
  }

  test('gives an action its inputs, their defaults and the event', async () => {
    const inputs = 'inputs: { a-b: { default: 7 }, token: { default: "${{ github.token }}" }, c d: {} }\n';
    const step = await action(
      'a',
      inputs,
      "if (!env.STATE_x) console.log(env['INPUT_A-B'], env.INPUT_TOKEN, env['INPUT_C_D'], read(env.GITHUB_EVENT_PATH, 'utf8')); add(env.GITHUB_STATE, 'x=1');",
    );
    const [result] = await run({ ...step, with: { 'c d': 'given; $(x)' } });
    expect(result?.log.trim()).toBe('7 ghs_x given; $(x) {"ref":"refs/heads/x"}');
  });

  test('hands outputs out, state to post and variables to later steps, and collects the summary', async () => {
    const first = await action(
      'first',
      '',
      "if (env.STATE_saved) console.log('post', env.STATE_saved); else { add(env.GITHUB_STATE, 'saved=it'); add(env.GITHUB_OUTPUT, 'o<<E\\n1\\n2\\nE\\n'); add(env.GITHUB_ENV, 'LATER=yes'); add(env.GITHUB_STEP_SUMMARY, '# Hi'); }",
    );
    const second = await action('second', '', "console.log('later', env.LATER);");
    const [one, two] = await run(first, second);
    expect(one).toMatchObject({ exitCode: 0, outputs: { o: '1\n2' }, summary: '# Hi' });
    expect(one?.log).toContain('post it');
    expect(two?.log).toContain('later yes');
  });

  test('ends after a failed step, and still runs every post', async () => {
    const good = await action(
      'good',
      '',
      "console.log(env.STATE_s ? 'post of good' : ''); add(env.GITHUB_STATE, 's=1');",
    );
    const bad = await action(
      'bad',
      '',
      "if (env.STATE_s) console.log('post of bad'); add(env.GITHUB_STATE, 's=1'); process.exit(2);",
    );
    const results = await run(good, bad, await action('never', '', ''));
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 2]);
    expect(results.map(({ log }) => log)).toEqual([
      expect.stringContaining('post of good'),
      expect.stringContaining('post of bad'),
    ]);
  });

  test('lets nothing of the surrounding environment in, and refuses an input that the action does not have', async () => {
    const step = await action('a', '', 'console.log(Object.keys(env).join());');
    process.env.HEADGATE_SURROUNDING = 'x';
    const [result] = await run(step);
    delete process.env.HEADGATE_SURROUNDING;
    expect(result?.log).not.toContain('HEADGATE_SURROUNDING');
    await expect(run({ ...step, with: { typo: 'x' } })).rejects.toThrow('has no input typo');
  });
});

test("the runner's files are refused as the runner refuses them", () => {
  expect(parseCommandFile('a=b=c\nd<<E\n=\nE\n')).toEqual({ a: 'b=c', d: '=' });
  expect(() => parseCommandFile('no sign')).toThrow('Invalid line');
  expect(() => parseCommandFile('a<<E\nopen')).toThrow('does not end');
});

test('annotations are read with their place and unescaped', () => {
  expect(parseAnnotations('x\n::error file=a.ts,line=3,title=a%3A b::one%0Atwo %25\n::debug::no')).toEqual([
    { level: 'error', file: 'a.ts', line: 3, title: 'a: b', message: 'one\ntwo %' },
  ]);
});
