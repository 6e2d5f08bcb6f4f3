import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loginTo } from '../../test/local-aws/codeartifact-client.ts';
import { pythonWithTwine } from '../../test/local-aws/python-tools.ts';
import { writeNpmTarball } from '../../test/support/packages/npm.ts';
import { writeSdist } from '../../test/support/packages/sdist.ts';
import { writeWheel } from '../../test/support/packages/wheel.ts';
import { type Command, measure, pairedRatio } from '../measure.ts';
import { callsOf, clientOf, headgate, PRIMARY, REGIONS, REPOSITORY, runTurn, type Scene } from './scene.ts';

/** Milliseconds that each call of CodeArtifact takes longer, about what a Region on another continent takes. */
const FAR = 80;
/** Each run takes seconds, and the delay makes them alike. */
const MAX_RUNS = 7;
const WARMUP = 1;

const OURS = ['headgate, one Region', 'headgate, three at once', 'headgate, primary first'] as const;
type Ours = (typeof OURS)[number];
type Peers = 'peer, one Region' | 'peer, three in turn';

/** One kind of package: its files, and the tool that its language has for publishing them. */
interface Kind {
  readonly format: 'pypi' | 'npm';
  readonly title: string;
  readonly tool: string;
  /** Writes the files of a version to a folder. */
  write(folder: string, name: string, version: string): Promise<void>;
  /** Publishes what is in a folder to Regions, one after the other. */
  peer(scene: Scene, folder: string, regions: readonly string[]): Promise<Command>;
}

/** Publishing to three Regions that are far away against one, and against tools that know only one. */
export async function benchPublishing(scene: Scene, runs: number): Promise<void> {
  const rounds = Math.min(runs, MAX_RUNS);
  for (const kind of [PYTHON, NPM]) await benchKind(scene, kind, rounds);
}

async function benchKind(scene: Scene, kind: Kind, runs: number): Promise<void> {
  const commands = await contestants(scene, kind, WARMUP + runs + 1);
  scene.aws.setFaults({ rules: [{ fault: 'latency', service: 'codeartifact', milliseconds: FAR }] });
  try {
    const results = await measure(commands, runs, WARMUP);
    console.log(`publishing ${kind.title}, ${FAR} ms for each call; medians of ${runs} runs in turn, calls of one`);
    console.log(`${''.padEnd(34)}ms     MB  calls  x one Region`);
    for (const [name, measured] of Object.entries(results)) {
      const command = commands[name as Ours | Peers];
      const calls = await callsOf(scene, () => runTurn(command, WARMUP + runs));
      const one = name.startsWith('peer') ? results['peer, one Region'] : results['headgate, one Region'];
      const columns = [
        (measured.seconds * 1000).toFixed(0).padStart(6),
        measured.megabytes.toFixed(0).padStart(5),
        `${calls}`.padStart(5),
        pairedRatio(measured, one).toFixed(2).padStart(12),
      ];
      console.log(`  ${name.replace('peer', kind.tool).padEnd(28)}${columns.join('  ')}`);
    }
    const ratio = (name: Ours) => pairedRatio(results[name], results['peer, three in turn']).toFixed(2);
    console.log(
      `  of ${kind.tool}, three in turn: at once ${ratio('headgate, three at once')}, primary first ${ratio('headgate, primary first')}`,
    );
    console.log('budget: three at once in 1.20 x one Region\n');
  } finally {
    scene.aws.clearFaults();
  }
}

/** @param turns for each of which every contestant has a version of its own */
async function contestants(scene: Scene, kind: Kind, turns: number): Promise<Readonly<Record<Ours | Peers, Command>>> {
  const folderOf = (name: string) => path.join(scene.directory, 'files', kind.format, name, '{turn}');
  const ours = (name: Ours, regions: readonly string[], mode: string) =>
    headgate(scene, 'publish', regions, `--repository=${REPOSITORY}`, `--files=${folderOf(name)}`, `--mode=${mode}`);
  const commands = {
    'headgate, one Region': ours('headgate, one Region', [PRIMARY], 'all-at-once'),
    'headgate, three at once': ours('headgate, three at once', REGIONS, 'all-at-once'),
    'headgate, primary first': ours('headgate, primary first', REGIONS, 'primary-first'),
    'peer, one Region': await kind.peer(scene, folderOf('peer, one Region'), [PRIMARY]),
    'peer, three in turn': await kind.peer(scene, folderOf('peer, three in turn'), REGIONS),
  };
  for (const name of Object.keys(commands)) {
    const packageName = `bench-${name.replace(/\W+/g, '-').toLowerCase()}`;
    for (let turn = 0; turn < turns; turn++) {
      const folder = folderOf(name).replace('{turn}', String(turn));
      await mkdir(folder, { recursive: true });
      await kind.write(folder, packageName, `1.0.${turn}`);
    }
  }
  return commands;
}

/** The words after the folder are an address and a token for each Region. */
const TWINE = `set -e
python=$1; folder=$2; shift 2
while [ $# -gt 0 ]; do
  TWINE_USERNAME=aws TWINE_PASSWORD=$2 "$python" -m twine upload --non-interactive --disable-progress-bar \\
    --repository-url "$1" "$folder"/*
  shift 2
done`;

const PYTHON: Kind = {
  format: 'pypi',
  title: 'a wheel and a source distribution',
  tool: 'twine',
  write: async (folder, name, version) => {
    await writeWheel(folder, { name, version });
    await writeSdist(folder, { name, version });
  },
  peer: async ({ aws, directory, env }, folder, regions) => {
    const logins = await Promise.all(regions.map((region) => loginTo(clientOf(aws, region), REPOSITORY, 'pypi')));
    const words = logins.flatMap(({ endpoint, token }) => [endpoint, token]);
    return { argv: ['sh', '-c', TWINE, 'bench', await pythonWithTwine(), folder, ...words], env, cwd: directory };
  },
};

/** The words after the folder are a configuration for each Region. */
const NPM_PUBLISH = `set -e
folder=$1; shift
for userconfig in "$@"; do npm publish --userconfig "$userconfig" "$folder"/*.tgz; done`;

const NPM: Kind = {
  format: 'npm',
  title: 'an npm package',
  tool: 'npm publish',
  write: async (folder, name, version) => {
    await writeNpmTarball(folder, { file: `${name}-${version}.tgz`, manifest: { name, version } });
  },
  peer: async ({ aws, directory, env }, folder, regions) => {
    const files = await Promise.all(
      regions.map(async (region) => {
        const { endpoint, token } = await loginTo(clientOf(aws, region), REPOSITORY, 'npm');
        const file = path.join(directory, `npmrc-${region}`);
        const login = `${endpoint.replace(/^http:/, '')}:_authToken=${token}`;
        await writeFile(file, `registry=${endpoint}\n${login}\nupdate-notifier=false\nignore-scripts=true\n`);
        return file;
      }),
    );
    return { argv: ['sh', '-c', NPM_PUBLISH, 'bench', folder, ...files], env, cwd: directory };
  },
};
