import { HASH_COMMENT } from './block.ts';
import { endpointOf, type LoginFile } from './login-file.ts';

/**
 * npm's settings: the registry, or that of each scope, in the nearest Region, and the tokens of all Regions. npm has no
 * second registry to go to; but a lock file names the Region in which each package was found, and needs its token.
 * Our lines come after the user's, and the last of two with the same name counts. Sources: CodeArtifact User Guide,
 * "Configuring npm without using the login command"; npm documentation, "npmrc".
 */
export function npmFile(place: Pick<LoginFile, 'file' | 'root'>, scopes: readonly string[]): LoginFile {
  return {
    tool: 'npm',
    ...place,
    comment: HASH_COMMENT,
    conflicts: () => [],
    content: (text, logins) => {
      const registry = endpointOf(logins[0], 'npm').href;
      const names = scopes.length === 0 ? ['registry'] : scopes.map((scope) => `${scope}:registry`);
      const tokens = logins.map((login) => {
        const { host, pathname } = endpointOf(login, 'npm');
        return `//${host}${pathname}:_authToken=${login.token}`;
      });
      const body = [...names.map((name) => `${name}=${registry}`), ...tokens].map((line) => `${line}\n`).join('');
      return { offset: beforeSections(text), body };
    },
  };
}

/** npm takes what follows a section's line for that section only (npm/ini, `decode`); our lines belong to none. */
function beforeSections(text: string): number {
  return /^\[[^\]\r\n]*\][^\S\r\n]*$/m.exec(text)?.index ?? text.length;
}
