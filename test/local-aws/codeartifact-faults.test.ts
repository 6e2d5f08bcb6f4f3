import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../local-aws/fault-rules.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import {
  ACCOUNT,
  codeArtifactOf,
  DOMAIN,
  errorOf,
  loginTo,
  makeRepositories,
  publishGeneric,
  REGION,
} from './codeartifact-client.ts';

// Faults of CodeArtifact in one Region strike its API there and what package managers ask for, and nothing elsewhere.

const OTHER_REGION = 'us-west-2';
const RESET = /ECONNRESET|socket hang up/;

let aws: LocalAws;
let here: Codeartifact;
let there: Codeartifact;

beforeAll(async () => {
  aws = await startLocalAws();
  here = codeArtifactOf(aws);
  there = codeArtifactOf(aws, ACCOUNT, OTHER_REGION);
}, 300_000);
afterAll(async () => {
  here?.destroy();
  there?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await makeRepositories(here, 'packages');
  await makeRepositories(there, 'packages');
});

/** Uploads a file as curl does, which calls it a form, and gives the status; 0 for a connection that was reset. */
async function upload({ endpoint, token }: { endpoint: string; token: string }, version: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' };
  const address = `${endpoint}org/tool/${version}/tool-${version}.jar`;
  try {
    return (await fetch(address, { method: 'PUT', headers, body: 'jar' })).status;
  } catch {
    return 0;
  }
}

async function versions(client: Codeartifact): Promise<number> {
  const asked = { domain: DOMAIN, repository: 'packages', format: 'maven', namespace: 'org', package: 'tool' } as const;
  const { versions: found } = await client.listPackageVersions(asked).catch(() => ({ versions: [] }));
  return found?.length ?? 0;
}

describe('what package managers meet', () => {
  const faults: [FaultEffect, status: number, kept: number][] = [
    [{ fault: 'throttle' }, 429, 0],
    [{ fault: 'conflict' }, 409, 0],
    [{ fault: 'server-error' }, 500, 0],
    [{ fault: 'server-error', status: 503 }, 503, 0],
    [{ fault: 'reset' }, 0, 0],
    [{ fault: 'unreachable' }, 0, 0],
    [{ fault: 'reset-after' }, 0, 1],
    [{ fault: 'latency', milliseconds: 1 }, 200, 1],
  ];

  test.each(faults)('%j in one Region', async (effect, status, kept) => {
    const logins = [await loginTo(here, 'packages', 'maven'), await loginTo(there, 'packages', 'maven')] as const;
    aws.setFaults({ rules: [{ ...effect, service: 'codeartifact', region: REGION }] });
    const statuses = [await upload(logins[0], '1.0'), await upload(logins[1], '1.0')];
    const [struck, spared] = aws.calls().slice(-2);
    aws.clearFaults();
    expect(statuses).toEqual([status, 200]);
    expect([await versions(here), await versions(there)]).toEqual([kept, 1]);
    expect(struck).toMatchObject({ operation: 'PublishPackageVersion', region: REGION, fault: effect.fault });
    expect(spared?.fault).toBeUndefined();
  });

  test('is chosen by the operation: publishing, metadata and reading', async () => {
    const login = await loginTo(here, 'packages', 'maven');
    const authorization = { headers: { authorization: `Bearer ${login.token}` } };
    const metadata = `${login.endpoint}org/tool/maven-metadata.xml`;
    const body = '<metadata><versions><version>1.0</version></versions></metadata>';
    const put = async () => (await fetch(metadata, { ...authorization, method: 'PUT', body })).status;
    const get = async () => (await fetch(metadata, authorization)).status;
    const outcomes: number[][] = [];
    for (const operation of ['PublishPackageVersion', 'PutPackageMetadata', 'ReadFromRepository']) {
      aws.setFaults({ rules: [{ fault: 'conflict', service: 'codeartifact', operation }] });
      outcomes.push([await upload(login, '1.0'), await put(), await get()]);
    }
    expect(outcomes).toEqual([
      // Nothing is published, so the metadata has nothing to be about.
      [409, 404, 404],
      [200, 409, 404],
      [200, 200, 409],
    ]);
  });

  test('each third upload, after the first one', async () => {
    const login = await loginTo(here, 'packages', 'maven');
    const rule = { fault: 'server-error', operation: 'PublishPackageVersion', every: 3, skip: 1 } as const;
    aws.setFaults({ rules: [rule] });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i += 1) statuses.push(await upload(login, `1.${i}`));
    expect(statuses).toEqual([200, 200, 200, 500, 200, 200, 500, 200]);
    expect(await versions(here)).toBe(6);
  });
});

describe('what callers of the API meet', () => {
  const publish = (client: Codeartifact) => publishGeneric(client, { repository: 'packages', version: '1.0.0' });

  test.each([
    [{ fault: 'throttle' } as const, 'ThrottlingException', 429],
    [{ fault: 'conflict' } as const, 'ConflictException', 409],
    [{ fault: 'server-error' } as const, 'InternalFailure', 500],
  ])('%j in one Region', async (effect, name, status) => {
    aws.setFaults({ rules: [{ ...effect, service: 'codeartifact', region: REGION }] });
    expect(await errorOf(publish(here))).toMatchObject({ name, status });
    expect((await publish(there)).status).toBe('Published');
    aws.clearFaults();
    // It was not carried out.
    expect((await here.listPackages({ domain: DOMAIN, repository: 'packages' })).packages).toEqual([]);
  });

  test('a Region that is down gives no tokens either', async () => {
    aws.setFaults({ rules: [{ fault: 'unreachable', service: 'codeartifact', region: REGION }] });
    await expect(here.getAuthorizationToken({ domain: DOMAIN })).rejects.toThrow(RESET);
    await expect(there.getAuthorizationToken({ domain: DOMAIN })).resolves.toBeDefined();
  });
});
