import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/**
 * How a job of a GitLab template gets the program. All templates do it alike, so it is written once, here and in
 * `gitlab-program.sh`. The inputs come in as variables that are not expanded; the script holds no interpolation.
 */
export function programJob(): object {
  const variable = (input: string) => ({ value: `$[[ inputs.${input} ]]`, expand: false });
  return {
    image: '$[[ inputs.image ]]',
    variables: {
      HEADGATE_SOURCE: variable('source'),
      HEADGATE_SOURCE_URL: variable('source-url'),
      HEADGATE_SOURCE_SHA256: variable('source-sha256'),
      HEADGATE_VERSION: variable('version'),
    },
    before_script: [programScript()],
  };
}

/** The shell text (POSIX) that puts `headgate` on PATH, or ends the job with what to do. */
export function programScript(): string {
  return readFileSync(path.join(import.meta.dirname, 'gitlab-program.sh'), 'utf8');
}

/** The inputs of a template that say where the program comes from. */
export function programInputs(): Readonly<Record<string, object>> {
  return {
    image: {
      description: 'Image for the jobs. It needs Node 22.18 or newer, a shell, and tar where `source` is `url`.',
      default: 'node:24',
    },
    source: {
      description:
        '`npm` installs the package headgate; the CI variable NPM_CONFIG_REGISTRY names a registry of yours. `url` downloads `source-url`. `preinstalled` takes the program from the image.',
      default: 'npm',
      options: ['npm', 'url', 'preinstalled'],
    },
    'source-url': {
      description:
        'Address of headgate-<version>.tgz, for example in the package registry of your own GitLab, which is read with the job token.',
      default: '',
    },
    'source-sha256': { description: 'SHA-256 of that file. It is checked before anything of it runs.', default: '' },
    version: { description: 'Version that `npm` installs.', default: version() },
  };
}

function version(): string {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
}
