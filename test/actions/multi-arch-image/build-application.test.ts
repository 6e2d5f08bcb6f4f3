import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { execa } from 'execa';
import { requires } from '../../support/requires.ts';
import { configOf, FOREIGN, NATIVE, openWorkplace, succeeded, type Workplace } from './build-workplace.ts';

const { test } = requires('go', 'the sample application is compiled');
const source = path.resolve(import.meta.dirname, '../../../stacks/multi-arch-image/server');

let work: Workplace;
beforeAll(async () => {
  work = await openWorkplace();
  cpSync(source, path.join(work.directory, 'server'), { recursive: true });
});
afterAll(async () => {
  await work.stop();
});

test('its own test passes', async () => {
  const { stdout } = await execa('go', ['test', './...'], { cwd: source });
  expect(stdout).toMatch(/^ok\s/);
}, 120_000);

test('it is built for two architectures, and says inside each image which one it is', async () => {
  for (const architecture of [NATIVE, FOREIGN]) {
    await execa('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', `server-${architecture}`, '.'], {
      cwd: path.join(work.directory, 'server'),
      env: { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture },
    });
  }
  for (const platform of [NATIVE, FOREIGN]) {
    const file = 'server/Containerfile.prebuilt';
    const built = await work.run('build', { platform, context: 'server', file });
    succeeded(built);
    const { config } = await configOf(work.image, built.outputs.digest ?? '');
    expect(config.config).toMatchObject({ User: '65532:65532', Entrypoint: ['/server'] });
    const tested = await work.run('test', {
      platform,
      command: `/server\n--check\n--expect\n${platform}`,
      'allow-emulation': String(platform === FOREIGN),
    });
    succeeded(tested);
    expect(tested.log).toContain(`ok: linux/${platform}`);
    expect(tested.outputs.digest).toBe(built.outputs.digest);
  }
}, 180_000);
