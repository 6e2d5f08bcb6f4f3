import { HASH_COMMENT } from './block.ts';
import { endpointOf, type LoginFile, type RegionLogin } from './login-file.ts';
import { readPipSettings } from './pip-settings.ts';

/**
 * pip's settings: `index-url`, and the other Regions as `extra-index-url`. That is no way in for somebody else's package,
 * because all of them are the same repository. pip asks all of them for each package, goes on when one fails, and takes the
 * last one of equal candidates (pip, resolver/factory.py, `_iter_found_candidates`, walks them from the end). So the nearest
 * Region is named last. Source of the address: CodeArtifact User Guide, "Configure and use pip with CodeArtifact".
 */
export function pipFile(place: Pick<LoginFile, 'file' | 'root'>, several: boolean): LoginFile {
  const ours = several ? ['index-url', 'extra-index-url'] : ['index-url'];
  return {
    tool: 'pip',
    ...place,
    comment: HASH_COMMENT,
    // A section of a command, such as [install], goes before [global], which is where ours are.
    conflicts: (text) =>
      readPipSettings(text)
        .options.filter(({ name }) => ours.includes(name) || name === 'no-index')
        .map(({ section, name, line }) => ({ line, what: `sets ${name} in [${section}]` })),
    content: (text, logins) => {
      const { global } = readPipSettings(text);
      const indent = global?.indent ?? '';
      const body = lines([...logins].reverse().map(addressOf))
        .map((line) => `${indent}${line}\n`)
        .join('');
      return global === undefined
        ? { offset: text.length, body: `[global]\n${body}` }
        : { offset: global.offset, body };
    },
  };
}

/** The address with the login in it; the only form in which pip takes one from its settings. */
function addressOf(login: RegionLogin): string {
  const url = new URL('simple/', endpointOf(login, 'pip'));
  url.username = 'aws';
  url.password = login.token;
  return url.href;
}

function lines([first = '', ...more]: readonly string[]): readonly string[] {
  if (more.length === 0) return [`index-url = ${first}`];
  return [
    '# pip takes the last one of equal candidates: the nearest Region is the last one here.',
    `index-url = ${first}`,
    'extra-index-url =',
    ...more.map((address) => `    ${address}`),
  ];
}
