import { expect, test } from '@jest/globals';
import { loginFiles, type PlaceOptions } from '../../../actions/packages/login/places.ts';
import type { Tool } from '../../../actions/packages/login/tools.ts';

// Where each tool looks for its login.

function filesOf(
  tool: Tool,
  environment: Readonly<Record<string, string>>,
  more: Partial<PlaceOptions> = {},
): string[] {
  return loginFiles({
    tools: [tool],
    directory: undefined,
    environment: { HOME: '/home/me', ...environment },
    several: false,
    npmScopes: [],
    mavenRepositoryId: 'team',
    cargoRegistry: 'team',
    listedHome: '/root',
    ...more,
  }).map(({ file, root }) => `${file} in ${root}`);
}

test.each<[string, Tool, Record<string, string>, string]>([
  ['the home', 'pip', {}, '/home/me/.config/pip/pip.conf in /home/me'],
  ['the folder for settings', 'pip', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/pip/pip.conf in /cfg'],
  ['its variable', 'pip', { PIP_CONFIG_FILE: '/x/pip.conf' }, '/x/pip.conf in /x'],
  ['the home', 'npm', {}, '/home/me/.npmrc in /home/me'],
  ['its variable', 'npm', { NPM_CONFIG_USERCONFIG: '/tmp/a/.npmrc' }, '/tmp/a/.npmrc in /tmp/a'],
  ['its variable in small letters', 'npm', { npm_config_userconfig: '/tmp/.npmrc' }, '/tmp/.npmrc in /tmp'],
  ["Java's home, which is not HOME", 'maven', {}, '/root/.m2/settings.xml in /root'],
])('%s says where %s looks', (_, tool, environment, expected) => {
  expect(filesOf(tool, environment)).toEqual([expected]);
});

test('HOME counts for Maven where the system knows no home', () => {
  expect(filesOf('maven', {}, { listedHome: '/' })).toEqual(['/home/me/.m2/settings.xml in /home/me']);
});

test('cargo has two files, in its own folder', () => {
  expect(filesOf('cargo', {})).toEqual([
    '/home/me/.cargo/credentials.toml in /home/me',
    '/home/me/.cargo/config.toml in /home/me',
  ]);
  expect(filesOf('cargo', { CARGO_HOME: '/usr/local/cargo' })).toEqual([
    '/usr/local/cargo/credentials.toml in /usr/local/cargo',
    '/usr/local/cargo/config.toml in /usr/local/cargo',
  ]);
});

test('a folder that is given goes before every variable', () => {
  const environment = {
    PIP_CONFIG_FILE: '/x/p',
    NPM_CONFIG_USERCONFIG: '/x/n',
    CARGO_HOME: '/x',
    XDG_CONFIG_HOME: '/x',
  };
  const found = (['pip', 'npm', 'maven', 'cargo'] as const).flatMap((tool) =>
    filesOf(tool, environment, { directory: '/ci' }),
  );
  expect(found).toEqual(
    ['.config/pip/pip.conf', '.npmrc', '.m2/settings.xml', '.cargo/credentials.toml', '.cargo/config.toml'].map(
      (file) => `/ci/${file} in /ci`,
    ),
  );
});
