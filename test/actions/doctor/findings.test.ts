import { describe, expect, test } from '@jest/globals';
import { clockFinding, shownArn } from '../../../actions/doctor/aws-findings.ts';
import { failure } from '../../../actions/doctor/finding.ts';
import { describeEvent } from '../../../actions/doctor/host-findings.ts';
import { nodeFinding, toolFinding } from '../../../actions/doctor/program-findings.ts';
import { proxyFindings } from '../../../actions/doctor/proxy-findings.ts';
import { Refused } from '../../../lib/errors.ts';
import type { HostEvent } from '../../../lib/hosts/host.ts';

describe('the clock', () => {
  const clock = (seconds: number) => {
    const server = new Date('2026-11-22T20:00:00Z');
    const here = new Date(server.getTime() + seconds * 1000);
    return clockFinding({ serverDate: server.toUTCString(), asked: here, answered: new Date(here.getTime() + 1000) });
  };

  test.each<[number, string, string]>([
    [0, 'ok', 'agrees with that of AWS'],
    [-1, 'ok', 'agrees with that of AWS'],
    [60, 'ok', 'is 60 s ahead of that of AWS'],
    [61, 'warning', 'is 61 s ahead of that of AWS'],
    [-300, 'warning', 'is 300 s behind that of AWS'],
    [301, 'problem', 'is 301 s ahead of that of AWS; AWS refuses signatures that are more than 5 minutes off'],
    [-86_400, 'problem', 'is 86400 s behind that of AWS; AWS refuses signatures that are more than 5 minutes off'],
  ])('%s s away: %s', (seconds, status, found) => expect(clock(seconds)).toMatchObject({ status, found }));

  test('without an answer is not known', () => {
    expect(clockFinding(undefined)).toEqual({ check: 'Clock', status: 'skipped', found: 'AWS gave no time' });
  });
});

test.each([
  ['arn:aws:sts::111122223333:assumed-role/deploy/jane@example.com', 'arn:aws:sts::111122223333:assumed-role/deploy/…'],
  ['arn:aws-cn:sts::111122223333:assumed-role/deploy/a/b', 'arn:aws-cn:sts::111122223333:assumed-role/deploy/…'],
  ['arn:aws:iam::111122223333:user/team/deploy', 'arn:aws:iam::111122223333:user/team/deploy'],
])('%s is shown as %s', (arn, shown) => expect(shownArn(arn)).toBe(shown));

test.each<[HostEvent, string]>([
  [{ kind: 'branch-pushed', branch: 'feature/a' }, "branch-pushed of 'feature/a'"],
  [{ kind: 'stop', branch: 'a\nb' }, "stop of 'a\\nb'"],
  [
    { kind: 'pull-request', action: 'updated', number: 7, branch: 'x', sameRepository: false },
    "pull or merge request 7 of 'x', updated, from a fork",
  ],
  [{ kind: 'tag', tag: 'v1', deleted: true }, "tag 'v1', deleted"],
  [{ kind: 'schedule' }, 'schedule'],
  [{ kind: 'manual', branch: 'main' }, "manual on 'main'"],
])('%j is an event: %s', (event, words) => expect(describeEvent(event)).toBe(words));

test.each([
  ['v22.17.9', 'problem'],
  ['v22.18.0', 'ok'],
  ['v24.0.0', 'ok'],
  ['v20.30.0', 'problem'],
])('Node %s: %s', (version, status) => expect(nodeFinding(version, '>=22.18').status).toBe(status));

test('a tool that is not there is a warning that says what it is for', async () => {
  expect(await toolFinding('headgate-no-such-tool', 'nothing')).toEqual({
    check: 'headgate-no-such-tool',
    status: 'warning',
    found: 'is not installed',
    next: 'Install it; it is for nothing',
  });
  expect(await toolFinding('git', 'x')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^git version/) });
});

describe('proxies', () => {
  const NODE = 'v24.21.0';

  test('that are not named are none', () => {
    expect(proxyFindings(NODE, {})).toEqual([{ check: 'Proxy', status: 'ok', found: 'none' }]);
  });

  test('are shown without user and password, and so is what goes past them', () => {
    const environment = { HTTPS_PROXY: 'http://user:secret@proxy:3128', NO_PROXY: '.internal,10.0.0.0/8' };
    expect(proxyFindings(NODE, environment)).toEqual([
      {
        check: 'Proxy',
        status: 'ok',
        found: 'https through http://proxy:3128 (HTTPS_PROXY, with user and password); http directly',
      },
      {
        check: 'Proxy: NO_PROXY',
        status: 'ok',
        found: 'past the proxy: .internal, 10.0.0.0/8, and always this machine',
      },
    ]);
  });

  test.each<[string, string, NodeJS.ProcessEnv, string, string]>([
    ['one for http alone', NODE, { HTTP_PROXY: 'http://proxy:1' }, 'warning', 'set HTTPS_PROXY'],
    ['an old Node', 'v22.18.0', { HTTPS_PROXY: 'http://proxy:1' }, 'problem', 'Use Node 24'],
    [
      'a Node that does not proxy fetch',
      'v22.21.1',
      { HTTPS_PROXY: 'http://proxy:1' },
      'warning',
      'NODE_USE_ENV_PROXY=1',
    ],
    ['one of a wrong kind', NODE, { HTTPS_PROXY: 'socks5://u:secret@proxy' }, 'problem', 'Correct the input'],
  ])('%s', (_, node, environment, status, next) => {
    const [finding] = proxyFindings(node, environment);
    expect(finding).toMatchObject({ check: 'Proxy', status, next: expect.stringContaining(next) });
    expect(JSON.stringify(finding)).not.toContain('secret');
  });

  test('entries of NO_PROXY that mean nothing are named', () => {
    const [, bypass] = proxyFindings(NODE, { HTTPS_PROXY: 'proxy:1', NO_PROXY: 'a.b,fd00::/8' });
    expect(bypass).toMatchObject({ status: 'warning', found: expect.stringContaining('not understood: fd00::/8') });
  });
});

test('a failure keeps its cause and its next step; a question without an answer is about the network', () => {
  const refused = new Refused({ what: 'No', cause: 'a wall', next: 'Go round' });
  expect(failure('X', 'problem', refused)).toEqual({
    check: 'X',
    status: 'problem',
    found: 'No',
    next: 'Likely cause: a wall. Go round',
  });
  const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  expect(failure('X', 'problem', aborted)).toMatchObject({
    found: 'AWS did not answer in time',
    next: expect.stringContaining('NO_PROXY'),
  });
});
