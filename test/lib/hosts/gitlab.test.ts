import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import { codeQualityReport } from '../../../lib/hosts/gitlab-code-quality.ts';
import type { Host, HostEvent } from '../../../lib/hosts/host.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
beforeEach(() => {
  at = fixture();
});
afterEach(() => at.remove());

const gitlab = (environment: NodeJS.ProcessEnv = {}, more = {}): Promise<Host> =>
  createHost(at.options({ GITLAB_CI: 'true', CI_PROJECT_DIR: at.directory, CI_JOB_ID: '1', ...environment }, more));
const file = (name: string) => path.join(at.directory, '.headgate', name);
const read = (name: string) => readFileSync(file(name), 'utf8');
const NASTY = '$(touch pwned);"x"';

describe('inputs', () => {
  test('come from HEADGATE_INPUT_<NAME>', async () => {
    const host = await gitlab({ HEADGATE_INPUT_STACK_PREFIX: NASTY, HEADGATE_INPUT_TTL: '' });
    expect(host.rawInput('stack-prefix')).toBe(NASTY);
    expect(host.rawInput('ttl')).toBeUndefined();
    expect(host.rawInput('absent')).toBeUndefined();
  });

  test('of type secret name a CI variable, whose value is then masked', async () => {
    const variables = { HEADGATE_INPUT_DB_PASSWORD: 'MY_VAR', MY_VAR: 'hunter2' };
    const host = await gitlab(variables, { secretInputs: new Set(['db-password']) });
    expect(host.rawInput('db-password')).toBe('hunter2');
    host.log.info('it is hunter2');
    expect(at.stdout.text).toBe('it is ***\n');
  });

  test.each(['hunter2!', 'glpat-secret', 'UNSET_VAR'])(
    'of type secret that name no variable are refused without being repeated: %s',
    async (text) => {
      const host = await gitlab({ HEADGATE_INPUT_TOKEN: text }, { secretInputs: new Set(['token']) });
      expect(() => host.rawInput('token')).toThrow(/^input 'token': .*CI variable/);
      expect(() => host.rawInput('token')).not.toThrow(text);
    },
  );
});

describe('outputs', () => {
  test('add up in the dotenv report, the url as HEADGATE_URL', async () => {
    const host = await gitlab();
    await host.setOutputs({ 'stack-name': 'app', url: 'https://old.example.com' });
    await host.setOutputs({ url: 'https://app.example.com', note: '' });
    expect(read('outputs.env')).toBe('HEADGATE_STACK_NAME=app\nHEADGATE_URL=https://app.example.com\nHEADGATE_NOTE=\n');
  });

  test('of more than one line are refused, so that no other variable can be set', async () => {
    const host = await gitlab();
    await expect(host.setOutputs({ branch: 'x\nPATH=/evil' })).rejects.toThrow(
      "Output 'branch' holds more than one line",
    );
    expect(existsSync(file('outputs.env'))).toBe(false);
  });

  test('that do not fit into 5 KB are refused with the size', async () => {
    const host = await gitlab();
    await host.setOutputs({ list: 'x'.repeat(5120 - 'HEADGATE_LIST=\n'.length) });
    await expect(host.setOutputs({ more: '' })).rejects.toThrow(/^The outputs take 5135 bytes.*holds 5120/);
    expect(read('outputs.env')).toHaveLength(5120);
  });

  test('that GitLab would change are refused', async () => {
    const host = await gitlab();
    await expect(host.setOutputs({ a: ' x' })).rejects.toThrow('begins or ends with white space');
    await expect(host.setOutputs({ 'a-b': '1', a_b: '2' })).rejects.toThrow('are both HEADGATE_A_B');
  });
});

describe('files of the job', () => {
  test('state is read back in after_script of the same job, and not in another job', async () => {
    await (await gitlab()).saveState('image build', { path: NASTY });
    expect(read('state-image-build.json')).toBe(`${JSON.stringify({ path: NASTY })}\n`);
    expect(await (await gitlab()).savedState('image build')).toEqual({ path: NASTY });
    expect(await (await gitlab()).savedState('image test')).toBeUndefined();
    // A stop job on a shell runner has no checkout and may find the directory of an earlier job.
    expect(await (await gitlab({ CI_JOB_ID: '2' })).savedState('image build')).toBeUndefined();
  });

  test('records of other jobs stay: they are artefacts', async () => {
    await (await gitlab()).record('build-arm64', { digest: 'sha256:0' });
    await (await gitlab({ CI_JOB_ID: '2' })).setOutputs({ a: 'b' });
    expect(JSON.parse(read('records/build-arm64.json'))).toEqual({ digest: 'sha256:0' });
  });

  test('state that was cut off is named', async () => {
    const host = await gitlab();
    await host.saveState('x', {});
    writeFileSync(file('state-x.json'), '{');
    await expect(host.savedState('x')).rejects.toThrow(/The saved state '.*state-x\.json' is not JSON/);
  });

  test('the summary adds up and is cut', async () => {
    const host = await gitlab();
    await host.summary('# First');
    await host.summary('second\n'.repeat(200_000));
    expect(read('summary.md').startsWith('# First\nsecond\n')).toBe(true);
    expect(Buffer.byteLength(read('summary.md'))).toBeLessThanOrEqual(1_000_000);
  });

  test('are not written through a link that the checkout brought', async () => {
    const outside = path.join(at.directory, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, path.join(at.directory, '.headgate'));
    await expect((await gitlab()).setOutputs({ a: 'b' })).rejects.toThrow("'.headgate' is not a directory");
  });

  test('replace a link that the checkout brought', async () => {
    const victim = path.join(at.directory, 'victim');
    writeFileSync(victim, 'mine');
    mkdirSync(path.join(at.directory, '.headgate'));
    writeFileSync(file('job-id'), '1\n');
    symlinkSync(victim, file('outputs.env'));
    await (await gitlab()).setOutputs({ a: 'b' });
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(read('outputs.env')).toBe('HEADGATE_A=b\n');
  });
});

describe('log', () => {
  test('groups are collapsed sections that nest', async () => {
    const host = await gitlab();
    await host.log.group('outer', async () => await host.log.group('in\rner', async () => host.log.info('work')));
    const plain = at.stdout.text.replace(/:\d{10}:/g, ':T:');
    expect(plain).toBe(
      [
        '\x1b[0Ksection_start:T:headgate_1[collapsed=true]\r\x1b[0K\x1b[1mouter\x1b[0m\n',
        '\x1b[0Ksection_start:T:headgate_2[collapsed=true]\r\x1b[0K\x1b[1min ner\x1b[0m\n',
        'work\n',
        '\x1b[0Ksection_end:T:headgate_2\r\x1b[0K\n',
        '\x1b[0Ksection_end:T:headgate_1\r\x1b[0K\n',
      ].join(''),
    );
  });

  test('text from outside cannot begin a section', async () => {
    (await gitlab()).log.info('\x1b[0Ksection_start:1:x\r\x1b[0Khidden');
    expect(at.stdout.text).toBe('\\x1b[0Ksection_start:1:x\n\\x1b[0Khidden\n');
  });

  test('debug lines show on request only', async () => {
    (await gitlab()).log.debug('a');
    (await gitlab({ HEADGATE_DEBUG: 'true' })).log.debug('b');
    expect(at.stdout.text).toBe('b\n');
  });
});

describe('annotations', () => {
  test('are log lines, and those on a file a code quality report', async () => {
    const host = await gitlab();
    host.annotate({ level: 'error', message: 'broken' });
    host.annotate({ level: 'warning', title: 'style', message: 'long', file: 'a.py', line: 7 });
    host.annotate({ level: 'warning', title: 'style', message: 'long', file: 'a.py', line: 9 });
    await Promise.resolve();
    expect(at.stdout.text).toContain('error: broken');
    expect(at.stdout.text).toContain('a.py:7: warning: style: long');
    const report = JSON.parse(read('code-quality.json'));
    expect(report).toMatchObject([
      {
        description: 'style: long',
        check_name: 'style',
        severity: 'minor',
        location: { path: 'a.py', lines: { begin: 7 } },
      },
      { location: { lines: { begin: 9 } } },
    ]);
    expect(new Set(report.map((issue: { fingerprint: string }) => issue.fingerprint)).size).toBe(2);
  });

  test('keep their fingerprint when their line moves', () => {
    const finger = (line: number) =>
      JSON.parse(codeQualityReport([{ level: 'error', message: 'm', file: 'f', line }]))[0].fingerprint;
    expect(finger(3)).toBe(finger(30));
  });
});

describe('surroundings', () => {
  const ZEROS = '0'.repeat(40);
  const branch = {
    CI_COMMIT_BRANCH: 'feature/login',
    CI_COMMIT_REF_NAME: 'feature/login',
    CI_COMMIT_REF_SLUG: 'feature-login',
  };
  const merge = {
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_IID: '17',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'main',
    CI_COMMIT_REF_NAME: 'main',
    CI_PROJECT_ID: '42',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '42',
  };
  const fork = { ...merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '43' };

  const cases: [string, NodeJS.ProcessEnv, HostEvent][] = [
    [
      'a push',
      { CI_PIPELINE_SOURCE: 'push', ...branch, CI_COMMIT_BEFORE_SHA: 'a'.repeat(40) },
      { kind: 'branch-pushed', branch: 'feature/login' },
    ],
    [
      'a new branch',
      { CI_PIPELINE_SOURCE: 'push', ...branch, CI_COMMIT_BEFORE_SHA: ZEROS },
      { kind: 'branch-created', branch: 'feature/login' },
    ],
    ['a local run without a source', branch, { kind: 'branch-pushed', branch: 'feature/login' }],
    ['a branch that looks like shell', { CI_COMMIT_BRANCH: NASTY }, { kind: 'branch-pushed', branch: NASTY }],
    [
      'a tag',
      { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1' },
      { kind: 'tag', tag: 'v1', deleted: false },
    ],
    [
      'a schedule',
      { CI_PIPELINE_SOURCE: 'schedule', ...branch, CI_COMMIT_BEFORE_SHA: ZEROS },
      { kind: 'schedule', branch: 'feature/login' },
    ],
    ['a run by hand', { CI_PIPELINE_SOURCE: 'web', ...branch }, { kind: 'manual', branch: 'feature/login' }],
    [
      'a run by hand on a tag',
      { CI_PIPELINE_SOURCE: 'web', CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1' },
      { kind: 'manual' },
    ],
    ['a trigger', { CI_PIPELINE_SOURCE: 'trigger', ...branch }, { kind: 'other', branch: 'feature/login' }],
    [
      'a stop job',
      { CI_PIPELINE_SOURCE: 'push', ...branch, CI_ENVIRONMENT_ACTION: 'stop' },
      { kind: 'stop', branch: 'feature/login' },
    ],
    [
      'a stop job of a tag',
      { CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1', CI_ENVIRONMENT_ACTION: 'stop' },
      { kind: 'other' },
    ],
    ['a stop job of a merge request', { ...merge, CI_ENVIRONMENT_ACTION: 'stop' }, { kind: 'stop', branch: 'main' }],
    [
      'a merge request',
      merge,
      { kind: 'pull-request', action: 'updated', number: 17, branch: 'main', sameRepository: true },
    ],
    [
      'fork safety: a merge request from a fork',
      fork,
      { kind: 'pull-request', action: 'updated', number: 17, branch: 'main', sameRepository: false },
    ],
    [
      'fork safety: a stop job of a merge request from a fork',
      { ...fork, CI_ENVIRONMENT_ACTION: 'stop' },
      { kind: 'pull-request', action: 'closed', number: 17, branch: 'main', sameRepository: false },
    ],
    [
      'fork safety: a merge request of unknown origin',
      { ...merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '', CI_PROJECT_ID: '' },
      { kind: 'pull-request', action: 'updated', number: 17, branch: 'main', sameRepository: false },
    ],
  ];
  test.each(cases)('%s', async (_, environment, event) => {
    expect((await (await gitlab(environment)).surroundings()).event).toEqual(event);
  });

  test('come from the predefined variables', async () => {
    const host = await gitlab({
      ...branch,
      CI_SERVER_HOST: 'git.example.com',
      CI_PROJECT_PATH: 'group/sub/shop',
      CI_DEFAULT_BRANCH: 'main',
      CI_COMMIT_SHA: 'a'.repeat(40),
      CI_COMMIT_REF_PROTECTED: 'true',
      CI_JOB_URL: 'https://git.example.com/group/sub/shop/-/jobs/1',
    });
    expect(await host.surroundings()).toEqual({
      serverHost: 'git.example.com',
      repositoryPath: 'group/sub/shop',
      defaultBranch: 'main',
      commit: 'a'.repeat(40),
      branchIsProtected: true,
      runUrl: 'https://git.example.com/group/sub/shop/-/jobs/1',
      event: { kind: 'branch-pushed', branch: 'feature/login' },
    });
  });

  test('of merged results are about the source commit', async () => {
    const host = await gitlab({
      ...merge,
      CI_COMMIT_SHA: 'b'.repeat(40),
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: 'a'.repeat(40),
    });
    expect((await host.surroundings()).commit).toBe('a'.repeat(40));
  });
});

describe('identity token', () => {
  const token = (aud: unknown) => `h.${Buffer.from(JSON.stringify({ aud })).toString('base64url')}.s`;

  test('comes from the variable that id_tokens fills', async () => {
    expect(await (await gitlab()).identityToken('a')).toBeUndefined();
    expect(await (await gitlab({ HEADGATE_ID_TOKEN: token('a') })).identityToken('a')).toBe(token('a'));
    expect(await (await gitlab({ HEADGATE_ID_TOKEN: token(['b', 'a']) })).identityToken('a')).toBe(token(['b', 'a']));
    expect(await (await gitlab({ HEADGATE_ID_TOKEN: 'opaque' })).identityToken('a')).toBe('opaque');
  });

  test('for another audience is refused here, where the reason can be told', async () => {
    await expect((await gitlab({ HEADGATE_ID_TOKEN: token('b') })).identityToken('a')).rejects.toThrow(
      /^The identity token is for 'b' and not for 'a'.*id_tokens/,
    );
  });
});

test('a deployment is left to the environment of the job', async () => {
  expect(await (await gitlab()).deployment({ environment: 'x', state: 'success' })).toEqual({
    done: false,
    note: "GitLab records it from the job's environment",
  });
});
