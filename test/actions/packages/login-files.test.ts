import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cleanUp } from '../../../actions/packages/login/hooks.ts';
import type { Json, Log } from '../../../lib/hosts/host.ts';
import { DOMAIN } from '../../local-aws/codeartifact-client.ts';
import { ended, type LoginWorkplace, openLoginWorkplace, REPLICAS, type Run } from './login-workplace.ts';

// What a login does to files of the user, and that nothing of it is left when it goes.

let work: LoginWorkplace;

beforeAll(async () => {
  work = await openLoginWorkplace();
}, 300_000);
afterAll(async () => {
  await work?.stop();
});
beforeEach(() => work.fresh());

const ALL = 'pip\nnpm\nmaven\ncargo';
/** Maven's own place is not below HOME, so it is only written to below a folder. */
const HOME_TOOLS = 'pip\nnpm\ncargo';

function succeeded(run: Run): Run {
  if (run.code !== 0) throw new Error(run.everything);
  return run;
}

/** All paths below a folder. */
function below(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}

describe('a login', () => {
  test('is in files that only their owner can read, in folders that only the owner can enter', async () => {
    const { outputs } = succeeded(await work.run({ tools: ALL, directory: 'ci' }));
    const files = outputs.files!.split(':');
    expect(files.map((file) => path.relative(work.workspace('ci'), file))).toEqual([
      '.config/pip/pip.conf',
      '.npmrc',
      '.m2/settings.xml',
      '.cargo/credentials.toml',
      '.cargo/config.toml',
    ]);
    for (const file of files) expect(work.mode(file)).toBe('600');
    for (const folder of ['.', '.config', '.config/pip', '.m2', '.cargo']) {
      expect(work.mode(work.workspace('ci', folder))).toBe('700');
    }
    expect(below(work.workspace('ci'))).toHaveLength(9);
  });

  test('is found in no output, log, report, result or state', async () => {
    for (const host of ['terminal', 'github', 'gitlab'] as const) {
      work.fresh();
      const { everything } = succeeded(
        await work.run({ tools: ALL, directory: 'ci', replicas: REPLICAS.join('\n') }, { host }),
      );
      const tokens = [...work.read(work.workspace('ci', '.npmrc')).matchAll(/_authToken=(.+)/g)].map(
        ([, token]) => token!,
      );
      expect(tokens).toHaveLength(3);
      for (const token of tokens) {
        expect(token.length).toBeGreaterThan(40);
        expect(everything).not.toContain(token);
        expect(everything).not.toContain(token.slice(0, 20));
        expect(everything).not.toContain(Buffer.from(`aws:${token}`).toString('base64').slice(0, 30));
      }
      expect(everything).toContain('.npmrc');
    }
  });

  test('leaves what is there, tightens its mode and says so, and goes without a trace', async () => {
    const npm = 'save-exact=true\r\n; no line end at the end, and a byte that is no UTF-8: \xe9';
    const pip = '[global]\n\ttimeout = 60\n\ttrusted-host =\n\t\tone.example.com\n[install]\nuser = true\n';
    const toml = '[net]\nretry = 1\n';
    const before: [string, string][] = [
      [work.home('.npmrc'), npm],
      [work.home('.config', 'pip', 'pip.conf'), pip],
      [work.home('.cargo', 'config.toml'), toml],
    ];
    for (const [file, text] of before) {
      work.write(file, text);
      chmodSync(file, 0o644);
    }
    const { everything } = succeeded(await work.run({ tools: HOME_TOOLS }, { host: 'github' }));
    for (const [file, text] of before) {
      expect(everything).toContain(`'${file}' could be read by others; now only its owner can (mode 600).`);
      expect(work.mode(file)).toBe('600');
      expect(work.read(file)).not.toBe(text);
    }
    expect(existsSync(work.home('.cargo', 'credentials.toml'))).toBe(true);
    await work.run({ tools: HOME_TOOLS }, { host: 'github', cleanup: true });
    for (const [file, text] of before) expect(work.read(file)).toBe(text);
    expect(existsSync(work.home('.cargo', 'credentials.toml'))).toBe(false);
  });

  test.each(['github', 'gitlab'] as const)(
    'ends with the job on %s, with the files and folders made for it',
    async (host) => {
      succeeded(await work.run({ tools: HOME_TOOLS }, { host }));
      expect(below(work.home())).not.toEqual([]);
      const { everything } = await work.run({ tools: HOME_TOOLS }, { host, cleanup: true });
      expect(below(work.home())).toEqual([]);
      expect(everything).toContain(`Removed the login from ${work.home('.npmrc')}.`);
      expect(everything).not.toContain('failed');
    },
  );

  test('stays at the terminal, until it is removed', async () => {
    succeeded(await work.run({ tools: HOME_TOOLS }));
    await work.run({ tools: HOME_TOOLS }, { cleanup: true });
    expect(work.read(work.home('.npmrc'))).toContain('_authToken');
    const removed = succeeded(await work.run({ tools: HOME_TOOLS, remove: 'true' }));
    expect(removed.everything).toContain(`Removed the login from ${work.home('.config', 'pip', 'pip.conf')}, `);
    expect(below(work.home()).filter((name) => !/^\.(cargo|config)(\/pip)?$/.test(name))).toEqual([]);
    expect(succeeded(await work.run({ tools: HOME_TOOLS, remove: 'true' })).everything).toContain(
      'There was no login to remove.',
    );
  });

  test('replaces the one before, and adds to that of another repository', async () => {
    for (const client of work.clients.values()) {
      await client.createRepository({ domain: DOMAIN, repository: 'other' }).catch(() => {});
    }
    const npm = work.home('.npmrc');
    const tokens = () => [...work.read(npm).matchAll(/_authToken=(.+)/g)].map(([, token]) => token);
    succeeded(await work.run({ tools: 'npm', 'npm-scope': '@a' }, { host: 'gitlab' }));
    const [first] = tokens();
    succeeded(await work.run({ tools: 'npm', 'npm-scope': '@a' }, { host: 'gitlab' }));
    expect(tokens()).toHaveLength(1);
    expect(tokens()).not.toContain(first);
    succeeded(await work.run({ tools: 'npm', 'npm-scope': '@b', repository: 'other' }, { host: 'gitlab' }));
    expect(tokens()).toHaveLength(2);
    await work.run({ tools: 'npm' }, { host: 'gitlab', cleanup: true });
    expect(below(work.home())).toEqual([]);
  });
});

describe('what is there and does not go together with a login', () => {
  test('is refused by file and line, all of it together, before a Region is asked', async () => {
    const pip = work.write(
      work.home('.config', 'pip', 'pip.conf'),
      '[global]\ntimeout = 5\nindex-url = https://a.example.com\n',
    );
    const cargo = work.write(work.home('.cargo', 'config.toml'), '[net]\n[registries.codeartifact]\nindex = "x"\n');
    const files = below(work.home());
    const since = work.lastCall();
    const { code, everything } = await work.run({ tools: HOME_TOOLS });
    expect(code).toBe(1);
    expect(everything).toContain(`'${pip}', line 3: it sets index-url in [global]`);
    expect(everything).toContain(`'${cargo}', line 2: it has a registry 'codeartifact'`);
    expect(everything).toContain("or give 'directory' and lead the tool to the files there; nothing was written");
    expect(below(work.home())).toEqual(files);
    expect(work.lastCall()).toBe(since);
  });

  test('is named by the line that it has in the file, also with a login before it', async () => {
    const pip = work.home('.config', 'pip', 'pip.conf');
    work.write(pip, '[global]\n');
    succeeded(await work.run({ tools: 'pip' }));
    const text = `${work.read(pip)}\n[install]\nindex-url = https://a.example.com\n`;
    work.write(pip, text);
    const line = text.split('\n').findIndex((each) => each.startsWith('index-url = https://a.')) + 1;
    expect((await work.run({ tools: 'pip' })).everything).toContain(`line ${line}: it sets index-url in [install]`);
    expect(work.read(pip)).toBe(text);
  });

  test('is, for Maven, any settings.xml that no login made', async () => {
    const file = work.write(work.workspace('ci', '.m2', 'settings.xml'), '<settings/>\n');
    const { code, everything } = await work.run({ tools: 'maven', directory: 'ci' });
    expect(code).toBe(1);
    expect(everything).toContain(`'${file}': it is a file of yours`);
    expect(work.read(file)).toBe('<settings/>\n');
  });

  test('is, for cargo, the old name of its file, which it would read in place of ours', async () => {
    const old = work.write(work.home('.cargo', 'config'), '[net]\n');
    const { code, everything } = await work.run({ tools: 'cargo' });
    expect(code).toBe(1);
    expect(everything).toContain(`'${old}': cargo reads it in place of '${old}.toml'`);
  });

  test('is a login without its last line', async () => {
    succeeded(await work.run({ tools: 'npm' }));
    const text = work.read(work.home('.npmrc')).replace(/^# .* end .*\n/m, '');
    work.write(work.home('.npmrc'), text);
    const { code, everything } = await work.run({ tools: 'npm' });
    expect(code).toBe(1);
    expect(everything).toContain(`'${work.home('.npmrc')}', line 1: a login begins there that has no end`);
    expect(work.read(work.home('.npmrc'))).toBe(text);
  });
});

describe('a symbolic link', () => {
  test('is followed to a file below the home, and stays a link', async () => {
    const real = work.write(work.home('dotfiles', 'npmrc'), 'a=b\n');
    symlinkSync(path.join('dotfiles', 'npmrc'), work.home('.npmrc'));
    succeeded(await work.run({ tools: 'npm' }, { host: 'github' }));
    expect(lstatSync(work.home('.npmrc')).isSymbolicLink()).toBe(true);
    expect(work.read(real)).toContain('_authToken');
    await work.run({ tools: 'npm' }, { host: 'github', cleanup: true });
    expect(work.read(real)).toBe('a=b\n');
  });

  test.each([
    [
      'a file elsewhere',
      (elsewhere: string) => symlinkSync(work.write(path.join(elsewhere, 'file'), 'a=b\n'), work.home('.npmrc')),
    ],
    ['nothing', (elsewhere: string) => symlinkSync(path.join(elsewhere, 'none'), work.home('.npmrc'))],
    ['itself', () => symlinkSync('.npmrc', work.home('.npmrc'))],
    ['a folder, where a file is wanted', () => mkdirSync(work.home('.npmrc'))],
  ])('to %s is refused, and nothing is written', async (_, make) => {
    const elsewhere = mkdtempSync(path.join(work.root, 'elsewhere-'));
    make(elsewhere);
    const files = [below(elsewhere), below(work.home())];
    const { code, everything } = await work.run({ tools: 'pip\nnpm' });
    expect(code).toBe(1);
    expect(everything).toContain(`'${work.home('.npmrc')}`);
    expect(everything).toMatch(/leads to '.*', outside|leads nowhere|cannot be used: ELOOP|not a regular file/);
    expect([below(elsewhere), below(work.home())]).toEqual(files);
  });

  test('of a folder that leads out of the home is refused', async () => {
    const elsewhere = mkdtempSync(path.join(work.root, 'elsewhere-'));
    symlinkSync(elsewhere, work.home('.cargo'));
    const { code, everything } = await work.run({ tools: 'cargo' });
    expect(code).toBe(1);
    expect(everything).toContain(`leads to '${path.join(elsewhere, 'credentials.toml')}', outside '${work.home()}'`);
    expect(below(elsewhere)).toEqual([]);
  });

  test('that takes the place of the file during the job is not followed by the clean-up', async () => {
    succeeded(await work.run({ tools: 'npm' }, { host: 'github' }));
    const stolen = work.write(path.join(work.root, 'stolen'), work.read(work.home('.npmrc')));
    rmSync(work.home('.npmrc'));
    symlinkSync(stolen, work.home('.npmrc'));
    const { everything } = await work.run({ tools: 'npm' }, { host: 'github', cleanup: true });
    expect(everything).toContain('is not a regular file any more');
    expect(work.read(stolen)).toContain('_authToken');
  });
});

describe('a login that is killed', () => {
  async function killed(which: number, moment: 'before' | 'after'): Promise<void> {
    const { signal } = await ended(work.spawn({ tools: HOME_TOOLS }, { job: '77', killed: [which, moment] }));
    expect(signal).toBe('SIGKILL');
  }
  const moments = [
    [1, 'before'],
    [2, 'after'],
    [3, 'before'],
  ] as const;

  test.each(moments)('at file %i, %s it is in place, is cleaned up, and can be repeated', async (which, moment) => {
    const npm = 'a=b';
    work.write(work.home('.npmrc'), npm);
    await killed(which, moment);
    const left = below(work.home());
    expect(left.some((name) => name.endsWith('.headgate-login'))).toBe(moment === 'before');
    await work.run({ tools: HOME_TOOLS }, { host: 'gitlab', cleanup: true, job: '77' });
    expect(below(work.home())).toEqual(['.npmrc']);
    expect(work.read(work.home('.npmrc'))).toBe(npm);

    await killed(which, moment);
    succeeded(await work.run({ tools: HOME_TOOLS }, { host: 'gitlab', job: '77' }));
    expect(below(work.home()).filter((name) => name.endsWith('.headgate-login'))).toEqual([]);
    expect(work.read(work.home('.npmrc')).match(/_authToken/g)).toHaveLength(1);
    await work.run({ tools: HOME_TOOLS }, { host: 'gitlab', cleanup: true, job: '77' });
    expect(below(work.home())).toEqual(['.npmrc']);
    expect(work.read(work.home('.npmrc'))).toBe(npm);
  });
});

test('a saved state that is not ours is not acted upon', async () => {
  const kept = work.write(work.home('.npmrc'), 'a=b\n');
  for (const state of [null, {}, [{ id: 'x', files: ['../.npmrc'], folders: [] }], [{ id: 'x', files: 'y' }]]) {
    await expect(cleanUp(state as Json, { log: { info: () => {} } as unknown as Log })).rejects.toThrow(
      'the saved state is not of this operation',
    );
  }
  expect(work.read(kept)).toBe('a=b\n');
});
