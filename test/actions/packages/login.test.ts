import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Asked } from '../../../actions/packages/login/ask-region.ts';
import type { RegionLogin } from '../../../actions/packages/login/login-file.ts';
import { byNearness, findNearest } from '../../../actions/packages/login/nearest-regions.ts';
import login from '../../../actions/packages/login.ts';
import { regionsOf } from '../../../actions/packages/regions.ts';
import { connectAws } from '../../../lib/aws/clients.ts';
import { DOMAIN } from '../../local-aws/codeartifact-client.ts';
import {
  ended,
  type LoginWorkplace,
  openLoginWorkplace,
  PRIMARY,
  REGIONS,
  REPLICAS,
  REPOSITORY,
  type Run,
  realClock,
} from './login-workplace.ts';

// The operation against three Regions of the local AWS: which Region is chosen, what is written, and what is said.

let work: LoginWorkplace;

beforeAll(async () => {
  work = await openLoginWorkplace();
}, 300_000);
afterAll(async () => {
  await work?.stop();
});
beforeEach(() => work.fresh());
afterEach(() => work.aws.clearFaults());

const replicas = REPLICAS.join('\n');
const slow = (region: string, milliseconds = 300) =>
  ({ fault: 'latency', service: 'codeartifact', operation: 'ReadFromRepository', region, milliseconds }) as const;
const down = (region: string) => ({ fault: 'unreachable', service: 'codeartifact', region }) as const;

function succeeded(run: Run): Run {
  if (run.code !== 0) throw new Error(run.everything);
  return run;
}

test('a login lasts as long as it is asked to', async () => {
  const { outputs } = succeeded(await work.run({ tools: 'npm', duration: '15m' }));
  const seconds = (Date.parse(outputs['expires-at']!) - Date.now()) / 1000;
  expect(seconds).toBeGreaterThan(800);
  expect(seconds).toBeLessThanOrEqual(900);
});

describe('the nearest Region', () => {
  test('is the primary one where the others are slower', async () => {
    work.aws.setFaults({ rules: REPLICAS.map((region) => slow(region)) });
    const { outputs, everything } = succeeded(await work.run({ replicas, tools: 'npm' }));
    expect(outputs).toMatchObject({
      region: PRIMARY,
      files: work.home('.npmrc'),
      'endpoint-npm': expect.stringContaining(`/${PRIMARY}/team/npm/packages/`),
    });
    expect(Date.parse(outputs['expires-at']!)).toBeGreaterThan(Date.now() + 11 * 3_600_000);
    for (const region of REGIONS)
      expect(work.read(work.home('.npmrc'))).toContain(`/${region}/team/npm/packages/:_authToken=`);
    expect(everything).not.toContain('is left out');
  });

  test('is another one where the primary one is slow', async () => {
    work.aws.setFaults({ rules: [slow(PRIMARY, 600), slow(REPLICAS[0])] });
    const { outputs } = succeeded(await work.run({ replicas, tools: 'npm' }));
    expect(outputs.region).toBe(REPLICAS[1]);
    const [registry, ...tokens] = work.read(work.home('.npmrc')).split('\n').slice(1, 5);
    expect(registry).toContain(REPLICAS[1]);
    expect(tokens.map((line) => /\/([a-z-]+-\d)\/team/.exec(line)?.[1])).toEqual([REPLICAS[1], REPLICAS[0], PRIMARY]);
  });

  test('is one of those that answer, and the report says why another is left out', async () => {
    work.aws.setFaults({ rules: [down(PRIMARY)] });
    const { outputs, everything } = succeeded(await work.run({ replicas, tools: 'npm' }));
    expect(REPLICAS).toContain(outputs.region);
    expect(everything).toMatch(
      new RegExp(`${PRIMARY} is left out: (no answer within 3 s after|.*ECONNRESET|socket hang up)`),
    );
    expect(work.read(work.home('.npmrc'))).not.toContain(`/${PRIMARY}/`);
  });
});

describe('where no Region can be used', () => {
  test('the reason of each is named, and nothing is written', async () => {
    work.aws.setFaults({ rules: REGIONS.map(down) });
    const { code, everything } = await work.run({ replicas, tools: 'npm\npip' });
    expect(code).toBe(1);
    for (const region of REGIONS) expect(everything).toMatch(new RegExp(`${region}: .{5,}`));
    expect(everything).toContain('Next: ');
    expect(existsSync(work.home('.npmrc'))).toBe(false);
    expect(existsSync(work.home('.config'))).toBe(false);
  });

  test('because none can be reached, the message says so', async () => {
    work.aws.setFaults({ rules: [down(PRIMARY)] });
    const { code, log } = await ended(work.spawn({ tools: 'npm' }));
    expect(code).toBe(1);
    expect(log).toContain('No Region can be used. eu-west-1: read ECONNRESET');
    expect(log).toContain('Likely cause: the service could not be reached from this machine');
  });

  test('because there is no such repository, the message says what to check', async () => {
    const { code, everything } = await work.run({ repository: 'absent', tools: 'npm' });
    expect(code).toBe(1);
    expect(everything).toMatch(/No Region can be used\. eu-west-1: ResourceNotFoundException: .*\(request id/);
    expect(everything).toContain("Next: Check 'domain', 'domain-owner', 'repository', 'region' and 'replicas'");
  });

  test('because the token has ended, the message says so', async () => {
    work.aws.setCodeArtifactTokenSeconds(-1);
    try {
      const { code, everything } = await work.run({ tools: 'pip' });
      expect(code).toBe(1);
      expect(everything).toContain('eu-west-1: the token is not taken for pip (HTTP 401)');
      expect(existsSync(work.home('.config'))).toBe(false);
    } finally {
      work.aws.setCodeArtifactTokenSeconds(43_200);
    }
  });
});

test('a login that works no more once it is written is taken out again', async () => {
  work.write(work.home('.npmrc'), 'a=b\n');
  work.aws.setFaults({
    rules: [{ fault: 'server-error', service: 'codeartifact', operation: 'ReadFromRepository', skip: 2 }],
  });
  const { code, everything } = await work.run({ tools: 'npm\ncargo' });
  expect(code).toBe(1);
  expect(everything).toContain('The login to eu-west-1 does not work: a read for npm was answered with HTTP 500');
  expect(everything).toContain('the login was taken out of the files again');
  expect(work.read(work.home('.npmrc'))).toBe('a=b\n');
  expect(existsSync(work.home('.cargo'))).toBe(false);
});

test('a fault that passes does not keep a Region from being used', async () => {
  work.aws.setFaults({
    rules: [{ fault: 'server-error', service: 'codeartifact', operation: 'ReadFromRepository', times: 1, status: 503 }],
  });
  expect(succeeded(await work.run({ tools: 'npm' })).outputs.region).toBe(PRIMARY);
});

test('the report says for each tool where its login is, and what happens when the Region fails', async () => {
  const { everything, outputs } = succeeded(
    await work.run({ replicas, tools: 'pip\nnpm\nmaven\ncargo', directory: 'ci' }, { host: 'github' }),
  );
  expect(outputs).toEqual({});
  const row = (tool: string) => everything.split('\n').find((line) => line.startsWith(`| ${tool} |`)) ?? '';
  expect(row('pip')).toContain('pip asks them too, each time');
  expect(row('npm')).toContain('npm has one registry, so log in again');
  expect(row('maven')).toContain('Maven goes there when the first one fails');
  expect(row('cargo')).toContain('none at run time');
  expect(everything).toContain(`PIP_CONFIG_FILE=${work.workspace('ci', '.config', 'pip', 'pip.conf')}`);
  expect(everything).toContain(`CARGO_HOME=${work.workspace('ci', '.cargo')}`);
  expect(everything).toContain('It is taken out of the files when the job ends.');
});

test('what wins over the login is named', async () => {
  work.write(work.workspace('.npmrc'), 'registry=https://registry.example.com/\n');
  work.write(work.workspace('.cargo', 'config.toml'), '[registries.team]\nindex = "sparse+https://example.com/"\n');
  process.env.PIP_INDEX_URL = 'https://pypi.example.com/simple/';
  try {
    const { everything } = succeeded(await work.run({ tools: 'pip\nnpm\ncargo', 'cargo-registry': 'team' }));
    expect(everything).toContain('pip goes by the variable PIP_INDEX_URL and not by the login.');
    expect(everything).toContain("npm goes by '.npmrc' of the checkout, which sets a registry, before the login.");
    expect(everything).toContain("cargo goes by '.cargo/config.toml' of the checkout, which sets the registry 'team'");
  } finally {
    delete process.env.PIP_INDEX_URL;
  }
});

test('the permissions that are declared are those of the calls that are made', async () => {
  const since = work.lastCall();
  succeeded(await work.run({ replicas, tools: 'pip\nnpm\nmaven\ncargo', directory: 'ci' }));
  const needed = work.aws.calls(since).flatMap(({ iamAction, alsoNeeds = [] }) => [iamAction, ...alsoNeeds]);
  const declared = login.permissions.map(({ action }) => action);
  expect(declared).toEqual(expect.arrayContaining([...new Set(needed)]));
  expect([...new Set([...needed, 'sts:GetServiceBearerToken'])].sort()).toEqual([...declared].sort());
});

describe('inputs that are wrong', () => {
  test('are all named together, and nothing is asked or written', async () => {
    const since = work.lastCall();
    const { code, everything } = await work.run({
      domain: 'Team',
      tools: 'pip\ngradle',
      duration: '10m',
      'npm-scope': 'acme',
      'maven-repository-id': 'local',
      'cargo-registry': 'crates-io',
      fallback: 'yes',
    });
    expect(code).toBe(2);
    for (const message of [
      "input 'domain': 'Team' is not allowed",
      "input 'tools': 'gradle' is not a tool; write pip, npm, maven, cargo, one a line",
      "input 'duration': '10m' is not from 15m to 12h, which CodeArtifact allows",
      "input 'npm-scope': 'acme' is not a scope; write for example '@acme'",
      "input 'maven-repository-id': 'local' is Maven's own name for its cache",
      "input 'cargo-registry': 'crates-io' is cargo's own name for crates.io",
      "input 'fallback': 'yes' is not a boolean",
    ]) {
      expect(everything).toContain(message);
    }
    expect(work.lastCall()).toBe(since);
    expect(existsSync(work.home('.config'))).toBe(false);
  });

  test.each([
    [{}, "input 'tools': is required and was not given"],
    [{ tools: '[]' }, "input 'tools': names no tool; write pip, npm, maven, cargo, one a line"],
    [{ tools: 'pip', duration: '13h' }, "input 'duration': '13h' is not from 15m to 12h"],
    [{ tools: 'pip', replicas: `us-east-1\n${PRIMARY}` }, `'${PRIMARY}' is the primary Region ('region') already`],
  ])('%j', async (inputs, message) => {
    const { code, everything } = await work.run(inputs);
    expect(code).toBe(2);
    expect(everything).toContain(message);
  });
});

describe('one Region among others', () => {
  const asked: Asked = {
    name: { domain: DOMAIN, domainOwner: undefined, repository: REPOSITORY },
    tools: ['npm'],
    seconds: 0,
    userAgent: 'test',
    environment: process.env,
    keepSecret: () => {},
  };
  const connected = () =>
    regionsOf(
      connectAws({
        region: PRIMARY,
        roleToAssume: undefined,
        allowedAccountIds: [],
        identityToken: async () => undefined,
        userAgent: { version: '0.0.0', operation: 'packages login' },
      }),
      REPLICAS,
    );
  const late = (region: string) =>
    ({
      fault: 'latency',
      service: 'codeartifact',
      operation: 'GetAuthorizationToken',
      region,
      milliseconds: 20_000,
    }) as const;

  test('that does not answer does not hold up those that do', async () => {
    work.aws.setFaults({ rules: [late(PRIMARY)] });
    const patience = { answer: 60_000, afterFirst: 1500 };
    const { logins, leftOut } = await findNearest(
      connected(),
      asked,
      { clock: realClock, signal: new AbortController().signal },
      patience,
    );
    expect(logins.map(({ region }) => region).sort()).toEqual([...REPLICAS].sort());
    expect(leftOut).toEqual([
      { region: PRIMARY, reason: 'no answer within 1.5 s after the first Region had answered' },
    ]);
  });

  test('that answers too late is not used, nor is any other', async () => {
    work.aws.setFaults({ rules: REGIONS.map(late) });
    const found = findNearest(
      connected(),
      asked,
      { clock: realClock, signal: new AbortController().signal },
      { answer: 200, afterFirst: 100 },
    );
    await expect(found).rejects.toThrow(REGIONS.map((region) => `${region}: no answer within 0.2 s`).join('; '));
  });

  test('is waited for no longer than until the run is cancelled', async () => {
    work.aws.setFaults({ rules: REGIONS.map(late) });
    const controller = new AbortController();
    const found = findNearest(connected(), asked, { clock: realClock, signal: controller.signal });
    controller.abort(new Error('cancelled'));
    await expect(found).rejects.toThrow('cancelled');
  });
});

describe('the order of Regions', () => {
  const took = (times: Readonly<Record<string, number>>) =>
    Object.entries(times).map(
      ([region, milliseconds]): RegionLogin => ({
        region,
        token: '',
        expiration: new Date(0),
        endpoints: new Map(),
        milliseconds,
      }),
    );
  const order = (times: Readonly<Record<string, number>>) => byNearness(took(times), 'a').map(({ region }) => region);

  test.each([
    [{ a: 30, b: 10, c: 20 }, ['a', 'b', 'c']],
    [{ a: 31, b: 10, c: 20 }, ['b', 'c', 'a']],
    [{ b: 10, c: 10 }, ['b', 'c']],
    [{ c: 10, b: 10, a: 10 }, ['a', 'c', 'b']],
    [{}, []],
  ])('%j', (times, expected) => {
    expect(order(times)).toEqual(expected);
  });
});
