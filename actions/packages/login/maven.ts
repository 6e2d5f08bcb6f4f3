import { blockIds, XML_COMMENT } from './block.ts';
import { endpointOf, type LoginFile, type RegionLogin } from './login-file.ts';

/**
 * Maven's settings, as a file of our own: servers with the logins, and a profile with the repositories, the nearest Region
 * first. Maven goes to the next one where one fails or has not what is asked for. Source: CodeArtifact User Guide, "Use
 * CodeArtifact with mvn"; Maven, "Settings Reference". There is no mirror, because that has one address only.
 */
export function mavenFile(place: Pick<LoginFile, 'file' | 'root'>, id: string): LoginFile {
  return {
    tool: 'maven',
    ...place,
    comment: XML_COMMENT,
    conflicts: (text) => {
      const [other] = blockIds(text);
      if (text === '') return [];
      return [{ line: undefined, what: other === undefined ? 'is a file of yours' : `is of the login to ${other}` }];
    },
    content: (text, logins) => ({ offset: text.length, body: settings(id, logins) }),
  };
}

function settings(id: string, logins: readonly RegionLogin[]): string {
  const named = logins.map((login, n) => ({ login, name: n === 0 ? id : `${id}-${login.region}` }));
  const servers = named.flatMap(({ login, name }) => [
    '    <server>',
    `      <id>${xml(name)}</id>`,
    '      <username>aws</username>',
    `      <password>${xml(login.token)}</password>`,
    '    </server>',
  ]);
  const repositories = (element: string) => [
    `      <${element === 'repository' ? 'repositories' : 'pluginRepositories'}>`,
    ...named.flatMap(({ login, name }) => [
      `        <${element}>`,
      `          <id>${xml(name)}</id>`,
      `          <url>${xml(endpointOf(login, 'maven').href)}</url>`,
      `        </${element}>`,
    ]),
    `      </${element === 'repository' ? 'repositories' : 'pluginRepositories'}>`,
  ];
  return [
    '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">',
    '  <servers>',
    ...servers,
    '  </servers>',
    '  <profiles>',
    '    <profile>',
    '      <id>headgate-packages-login</id>',
    ...repositories('repository'),
    ...repositories('pluginRepository'),
    '    </profile>',
    '  </profiles>',
    '  <activeProfiles>',
    '    <activeProfile>headgate-packages-login</activeProfile>',
    '  </activeProfiles>',
    '</settings>',
    '',
  ].join('\n');
}

/** Text between tags. `$` is left: Maven fills in `${…}`, which neither a token nor an address holds. */
function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
