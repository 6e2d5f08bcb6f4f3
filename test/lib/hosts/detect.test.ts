import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { detectHost } from '../../../lib/hosts/detect.ts';

describe('detectHost', () => {
  test.each([
    [{ GITHUB_ACTIONS: 'true' }, 'github'],
    [{ GITLAB_CI: 'true' }, 'gitlab'],
    [{}, 'terminal'],
    [{ GITHUB_ACTIONS: 'true', HEADGATE_HOST: 'terminal' }, 'terminal'],
    [{ HEADGATE_HOST: 'gitlab' }, 'gitlab'],
    [{ GITHUB_ACTIONS: 'true', HEADGATE_HOST: '' }, 'github'],
  ])('%j is %s', (environment, host) => {
    expect(detectHost(environment)).toBe(host);
  });

  test('refuses a host that it does not know', () => {
    expect(() => detectHost({ HEADGATE_HOST: 'jenkins' })).toThrow("write 'github', 'gitlab' or 'terminal'");
  });
});

test.each(['github', 'gitlab', 'terminal'])('the %s host loads no package before it is needed', (host) => {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (found.url.includes('/node_modules/')) throw new Error('loaded ' + specifier);
      return found;
    } });
    const { createHost } = await import(process.argv[1]);
    const { stdout, stderr } = process;
    const host = await createHost({ environment: { HEADGATE_HOST: ${JSON.stringify(host)} }, cwd: '.', stdout, stderr, flags: { json: false, quiet: false } });
    console.log(host.name);`;
  const detect = new URL('../../../lib/hosts/detect.ts', import.meta.url).href;
  const args = ['--no-warnings', '--input-type=module', '--eval', script, detect];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe(host);
});
