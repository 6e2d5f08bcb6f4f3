import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Aws } from '../../../../lib/aws/clients.ts';
import { openRepository, type RepositoryAccess } from '../../../../lib/aws/codeartifact/repository.ts';
import { jumpingClock } from '../../../support/test-clock.ts';

// Tokens and endpoints of a repository: how often they are asked for, and when anew.

const HOUR = 3_600_000;

let clock: ReturnType<typeof jumpingClock>;
let asked: Record<string, unknown>[];
let failing: boolean;

function open(domainOwner?: string): RepositoryAccess {
  const client = {
    getAuthorizationToken: async (parameters: Record<string, unknown>) => {
      asked.push(parameters);
      if (failing) throw new Error('the Region is down');
      return {
        authorizationToken: `token-${asked.length}`,
        expiration: new Date(clock.now().getTime() + HOUR),
      };
    },
    getRepositoryEndpoint: async (parameters: Record<string, unknown>) => {
      asked.push(parameters);
      if (failing) throw new Error('the Region is down');
      return { repositoryEndpoint: 'https://example.com/pypi/releases' };
    },
  };
  const aws = { region: 'eu-west-1', codeArtifact: async () => client } as unknown as Aws;
  return openRepository(aws, { domain: 'team', domainOwner, repository: 'releases' }, clock);
}

beforeEach(() => {
  clock = jumpingClock();
  asked = [];
  failing = false;
});

describe('a token', () => {
  test('is asked for once, also by many at the same time, for as long as the credentials last', async () => {
    const repository = open('111122223333');
    expect(await Promise.all([repository.token(), repository.token()])).toEqual(['token-1', 'token-1']);
    expect(await repository.token()).toBe('token-1');
    expect(asked).toEqual([{ domain: 'team', domainOwner: '111122223333', durationSeconds: 0 }]);
  });

  test('that was refused is replaced once, by whoever says so first', async () => {
    const repository = open();
    const old = await repository.token();
    expect(await Promise.all([repository.token(old), repository.token(old)])).toEqual(['token-2', 'token-2']);
    expect(await repository.token(old)).toBe('token-2');
    expect(asked).toHaveLength(2);
  });

  test('is replaced five minutes before its end', async () => {
    const repository = open();
    await repository.token();
    await clock.sleep(HOUR - 300_001);
    expect(await repository.token()).toBe('token-1');
    await clock.sleep(1);
    expect(await repository.token()).toBe('token-2');
  });

  test('that could not be had is asked for again', async () => {
    const repository = open();
    failing = true;
    await expect(repository.token()).rejects.toThrow('the Region is down');
    failing = false;
    expect(await repository.token()).toBe('token-2');
  });
});

test('an endpoint is asked for once for each format, ends with a slash, and a failure is not kept', async () => {
  const repository = open();
  failing = true;
  await expect(repository.endpoint('pypi')).rejects.toThrow('the Region is down');
  failing = false;
  const endpoints = await Promise.all([repository.endpoint('pypi'), repository.endpoint('pypi')]);
  expect(endpoints.map(String)).toEqual(Array(2).fill('https://example.com/pypi/releases/'));
  expect(asked.slice(1)).toEqual([{ domain: 'team', repository: 'releases', format: 'pypi' }]);
});
