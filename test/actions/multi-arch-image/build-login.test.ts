import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { requires } from '../../support/requires.ts';
import { pushTestImage } from '../../support/test-image.ts';
import { NATIVE, openWorkplace, succeeded, type Workplace } from './build-workplace.ts';

const { test } = requires('buildah', 'base images are really pulled');

const PASSWORD = 'of-the-private-registry';
let work: Workplace;

beforeAll(async () => {
  work = await openWorkplace({ auth: { username: 'ci', password: PASSWORD } });
  const login = Buffer.from(`ci:${PASSWORD}`).toString('base64');
  const target = { registry: work.registry.host, path: 'acme/base', authorization: `Basic ${login}` };
  const { digest } = await pushTestImage(target, { platform: `linux/${NATIVE}` });
  work.write({ 'app/Containerfile': `FROM ${work.registry.host}/acme/base@${digest}\nENV A=b\n` });
  writeFileSync(
    path.join(process.env.DOCKER_CONFIG ?? '', 'config.json'),
    JSON.stringify({ auths: { [work.registry.host]: { auth: login } } }),
  );
});
afterAll(async () => {
  await work.stop();
});

// First: once it is in the storage, an image by digest is not asked for again.
test('with other registries named, the tool has no login for it', async () => {
  const { code, log } = await work.run('build', { context: 'app', registries: 'registry.example.com' });
  expect(code).toBe(1);
  expect(log).toMatch(/'buildah build' ended with \d+/);
  expect(log).toMatch(/authentication required|unauthorized/);
  expect(log).not.toContain(PASSWORD);
  expect(work.leftovers()).toEqual([]);
});

test('a private base image is pulled with the login for the registry that is named', async () => {
  const run = await work.run('build', { context: 'app', registries: work.registry.host });
  succeeded(run);
  expect(run.log).not.toContain(PASSWORD);
  expect(work.leftovers()).toEqual([]);
});
