import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { expect } from '@jest/globals';
import { loginTo } from '../../local-aws/codeartifact-client.ts';
import { REPOSITORY } from './workplace.ts';

// The dist-tags of `@acme/shop`, asked and set past the code that is tested.

async function ask(client: Codeartifact, rest: string, init: { method?: string; body?: string } = {}) {
  const { endpoint, token } = await loginTo(client, REPOSITORY, 'npm');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${endpoint}-/package/@acme%2fshop/dist-tags${rest}`, { ...init, headers });
  expect(answer.status).toBe(200);
  return await answer.json();
}

export async function distTags(client: Codeartifact): Promise<Record<string, string>> {
  return (await ask(client, '')) as Record<string, string>;
}

export async function setTag(client: Codeartifact, tag: string, version: string): Promise<void> {
  await ask(client, `/${tag}`, { method: 'PUT', body: JSON.stringify(version) });
}
