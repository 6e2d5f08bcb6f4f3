import path from 'node:path';
import { pythonWithTwine } from '../../test/local-aws/python-tools.ts';
import { type Command, type Measured, measure, median, pairedRatio } from '../measure.ts';
import { type BigFile, makeBigFiles, removeBigFiles } from './big-file.ts';
import { measureInside, ratioOf, type Told } from './inside.ts';
import { headgate, PRIMARY, type Scene } from './scene.ts';
import { type Sink, startSink } from './sink.ts';

/** Megabytes at which the memory is told, besides the size that was asked for. */
const SIZES = [10, 100];
/** Each of these takes seconds. */
const MAX_RUNS = 5;

/**
 * One large asset to one Region. The server only writes what it gets to a file: the local AWS makes four digests of
 * everything, which takes longer than any client.
 */
export async function benchAssets(scene: Scene, runs: number, megabytes: number): Promise<void> {
  const rounds = Math.min(runs, MAX_RUNS);
  const sink = await startSink(scene.directory);
  try {
    for (const size of [...SIZES.filter((one) => one < megabytes), megabytes]) {
      const files = await makeBigFiles(scene.directory, size);
      if (size === megabytes) await benchApart(scene, sink, files, { size, runs: rounds });
      await benchWhole(scene, sink, files, { size, runs: rounds });
      await removeBigFiles(files);
    }
    console.log('budget: memory that does not grow with the asset\n');
  } finally {
    await sink.close();
  }
}

type Files = Awaited<ReturnType<typeof makeBigFiles>>;
interface Extent {
  readonly size: number;
  readonly runs: number;
}

/** Reading the file and moving its bytes, each beside what it cannot do without. */
async function benchApart(scene: Scene, sink: Sink, { plain, wheel }: Files, { size, runs }: Extent): Promise<void> {
  const env = environment(scene, sink);
  const script = (name: string, ...words: readonly string[]): Command => {
    return { argv: [process.execPath, path.join(import.meta.dirname, name), ...words], env, cwd: scene.directory };
  };
  sink.expect(plain);
  const told = await measureInside(
    {
      hash: script('hash.js', plain.file),
      pipe: script('pipe.js', sink.plain, plain.file),
      generic: script('apart.ts', 'generic', plain.file),
      wheel: script('apart.ts', 'pypi', wheel.file),
    },
    runs,
  );
  checkWritten(sink, wheel);
  const report = (
    what: 'reading' | 'moving',
    floor: readonly Told[],
    all: Readonly<Record<string, readonly Told[]>>,
  ) => {
    console.log(`${what} an asset of ${size} MB, without start and login; medians of ${runs} runs in turn`);
    console.log(`${''.padEnd(34)}s  core s     MB/s  x floor`);
    const laps = (one: readonly Told[]) => one.flatMap(({ [what]: lap }) => (lap === undefined ? [] : [lap]));
    for (const [name, one] of Object.entries(all)) {
      const seconds = median(laps(one).map((lap) => lap.seconds));
      const cores = median(laps(one).map((lap) => lap.cores));
      const columns = [
        seconds.toFixed(2).padStart(7),
        cores.toFixed(2).padStart(6),
        (size / seconds).toFixed(0).padStart(7),
        ratioOf(laps(one), laps(floor)).toFixed(2).padStart(7),
      ];
      console.log(`  ${name.padEnd(26)}${columns.join('  ')}`);
    }
  };
  const { hash, pipe, generic, wheel: python } = told;
  report('reading', hash, { 'SHA-256 alone': hash, generic, wheel: python });
  report('moving', pipe, { pipe, generic, wheel: python });
  console.log('budget: moving in 1.10 x pipe\n');
}

/** Whole processes, from their start to their end. */
async function benchWhole(scene: Scene, sink: Sink, files: Files, { size, runs }: Extent): Promise<void> {
  const env = environment(scene, sink);
  const cwd = scene.directory;
  const { plain, wheel } = files;
  const before = [process.execPath, '-e', 'await fetch(process.argv[1], { method: "DELETE" })', sink.forget];
  const publish = (file: BigFile, ...words: readonly string[]): Command => {
    return {
      ...headgate(scene, 'publish', [PRIMARY], '--repository=releases', `--files=${file.file}`, ...words),
      env,
      before,
    };
  };
  const pipe = path.join(import.meta.dirname, 'pipe.js');

  sink.expect(plain);
  const generic = await measure(
    {
      pipe: { argv: [process.execPath, pipe, sink.plain, plain.file], env, cwd },
      'headgate, generic': publish(plain, '--generic-package=big', '--generic-version=1.0.0'),
      'aws cli, generic': { argv: ['sh', '-c', CLI, 'bench', scene.cli, plain.file], env, cwd },
    },
    runs,
    1,
  );
  checkWritten(sink, plain);
  sink.expect(wheel);
  const login = { TWINE_USERNAME: 'aws', TWINE_PASSWORD: 'token' };
  const words = ['--non-interactive', '--disable-progress-bar', '--repository-url', sink.pypi];
  const python = await measure(
    {
      pipe: { argv: [process.execPath, pipe, sink.plain, wheel.file], env, cwd },
      'headgate, wheel': publish(wheel),
      'twine, wheel': {
        argv: [await pythonWithTwine(), '-m', 'twine', 'upload', ...words, wheel.file],
        env: { ...env, ...login },
        cwd,
      },
    },
    runs,
    1,
  );
  checkWritten(sink, wheel);

  console.log(`publishing an asset of ${size} MB, the whole process; medians of ${runs} runs in turn`);
  console.log(`${''.padEnd(34)}s     MB  x pipe`);
  report(generic, generic.pipe);
  report({ 'headgate, wheel': python['headgate, wheel'], 'twine, wheel': python['twine, wheel'] }, python.pipe);
  console.log();
}

function report(results: Readonly<Record<string, Measured>>, pipe: Measured): void {
  for (const [name, measured] of Object.entries(results)) {
    const columns = [
      measured.seconds.toFixed(2).padStart(7),
      measured.megabytes.toFixed(0).padStart(5),
      pairedRatio(measured, pipe).toFixed(2).padStart(6),
    ];
    console.log(`  ${name.padEnd(26)}${columns.join('  ')}`);
  }
}

/** The last body was the whole file, so that a client that failed early is no fast one. */
function checkWritten(sink: Sink, { size, name }: BigFile): void {
  if (sink.written < size) throw new Error(`the sink got ${sink.written} bytes of ${name}, which has ${size}`);
}

function environment({ env, aws }: Scene, sink: Sink): Record<string, string> {
  // Version 1 of the CLI knows the Region only by its older name.
  return { ...env, AWS_ENDPOINT_URL: sink.endpoint, AWS_DEFAULT_REGION: aws.environment.AWS_REGION };
}

/** The CLI wants to be told the SHA-256. */
const CLI = `set -e
aws=$1; file=$2
sha256=$(sha256sum "$file" | cut -c1-64)
exec "$aws" codeartifact publish-package-version --domain team --repository releases --format generic --package big \\
  --package-version 1.0.0 --asset-name big.bin --asset-content "$file" --asset-sha256 "$sha256"`;
