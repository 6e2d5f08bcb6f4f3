import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../local-aws/start.ts';
import { measure, pairedRatio } from './measure.ts';
import { comparePauses } from './pauses.ts';

const root = path.resolve(import.meta.dirname, '..');
const CLI = path.join(root, '.cache', 'python', 'bin', 'aws');
const IDENTITY = ['--repository=github.com/octo-org/shop', '--branch=bench', '--default-branch=main'];
/** Seconds that each of the application's eleven resources takes on the slow stack. */
const SLOW_PACE = 3.5;

const TOPICS =
  'Resources:\n  A: { Type: AWS::SNS::Topic }\n  B: { Type: AWS::SNS::Topic }\n  C: { Type: AWS::SNS::Topic }\n';

/** Deploy and destroy end to end, the lag after a slow stack, and three Regions against one. */
export async function bench(runs: number): Promise<void> {
  await execa(process.execPath, [path.join(root, 'scripts', 'release.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-bench-'));
  const aws = await startLocalAws();
  try {
    await cp(path.join(root, 'release', 'tree', 'stacks', 'branch-stack'), directory, { recursive: true });
    await mkdir(path.join(directory, 'home'));
    await writeFile(path.join(directory, 'topics.yaml'), TOPICS);
    const scene = { aws, directory, program: path.join(root, 'release', 'tree', 'dist', 'headgate.js') };
    await run(scene, ours(scene, 'stack', 'bootstrap'));
    await endToEnd(scene, runs);
    await lagOnSlowStack(scene);
    await threeRegions(scene, Math.min(runs, 5));
    comparePauses();
  } finally {
    await aws.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Scene {
  readonly aws: LocalAws;
  readonly directory: string;
  readonly program: string;
}

function ours({ program }: Scene, ...parts: string[]): string[] {
  return [process.execPath, program, ...parts];
}

function environment({ aws, directory }: Scene): Record<string, string> {
  // Version 1 of the CLI knows the Region only by its older name.
  const region = { AWS_DEFAULT_REGION: aws.environment.AWS_REGION };
  return { PATH: process.env.PATH ?? '', HOME: path.join(directory, 'home'), ...aws.environment, ...region };
}

async function run(scene: Scene, argv: readonly string[]): Promise<void> {
  await execa(argv[0] ?? '', argv.slice(1), { cwd: scene.directory, env: environment(scene), extendEnv: false });
}

/** What the AWS CLI needs for the same: package, deploy, delete, wait. The words are arguments, not a line. */
const CLI_SCRIPT = `set -e
cd "$1"; bucket=$2; aws=$3
"$aws" cloudformation package --template-file template.yaml --s3-bucket "$bucket" --output-template-file packaged.yaml
"$aws" cloudformation deploy --stack-name bench-cli --template-file packaged.yaml --capabilities CAPABILITY_IAM
"$aws" cloudformation delete-stack --stack-name bench-cli
"$aws" cloudformation wait stack-delete-complete --stack-name bench-cli`;

const OUR_SCRIPT = `set -e
cd "$1"; shift; node=$1; program=$2; shift 2
"$node" "$program" branch-stack deploy --repository=github.com/octo-org/shop --branch=bench
"$node" "$program" branch-stack destroy "$@"`;

async function endToEnd(scene: Scene, runs: number): Promise<void> {
  const env = environment(scene);
  const bucket = `headgate-assets-${scene.aws.environment.AWS_ACCESS_KEY_ID}-${scene.aws.environment.AWS_REGION}`;
  const results = await measure(
    {
      headgate: {
        argv: ['bash', '-c', OUR_SCRIPT, 'bench', scene.directory, process.execPath, scene.program, ...IDENTITY],
        env,
      },
      'aws cli': { argv: ['bash', '-c', CLI_SCRIPT, 'bench', scene.directory, bucket, CLI], env },
    },
    runs,
  );
  console.log(`deploy and destroy of the application, medians of ${runs} runs in turn`);
  console.log(`  headgate            ${results.headgate.seconds.toFixed(2)} s`);
  console.log(`  aws cli             ${results['aws cli'].seconds.toFixed(2)} s (package, deploy, delete, wait)`);
  console.log(`  headgate / aws cli  ${pairedRatio(results.headgate, results['aws cli']).toFixed(2)}\n`);
}

async function lagOnSlowStack(scene: Scene): Promise<void> {
  await scene.aws.setPace(SLOW_PACE);
  console.log(`a stack that takes about ${Math.round(SLOW_PACE * 11)} s: lag after its end, and CloudFormation calls`);
  await reportLag(scene, 'headgate', ours(scene, 'branch-stack', 'deploy', ...IDENTITY.slice(0, 2)));
  const deploy = ['cloudformation', 'deploy', '--stack-name', 'bench-cli', '--template-file', 'packaged.yaml'];
  await reportLag(scene, 'aws cli', [CLI, ...deploy, '--capabilities', 'CAPABILITY_IAM']);
  await scene.aws.setPace(0);
  console.log('  budget: a lag of 2 s with no more calls than the CLI\n');
}

async function reportLag(scene: Scene, name: string, argv: readonly string[]): Promise<void> {
  const before = scene.aws.calls().at(-1)?.n ?? 0;
  await run(scene, argv);
  const ended = Date.now();
  const calls = scene.aws.calls(before).filter(({ service }) => service === 'cloudformation');
  const lag = (ended - (await newestEventTime(scene))) / 1000;
  console.log(`  ${name.padEnd(10)} ${lag.toFixed(1).padStart(5)} s  ${String(calls.length).padStart(3)} calls`);
}

async function newestEventTime({ aws }: Scene): Promise<number> {
  const cloudFormation = new CloudFormation({
    endpoint: aws.endpoint,
    region: aws.environment.AWS_REGION,
    credentials: {
      accessKeyId: aws.environment.AWS_ACCESS_KEY_ID,
      secretAccessKey: aws.environment.AWS_SECRET_ACCESS_KEY,
    },
  });
  const { Stacks: stacks = [] } = await cloudFormation.describeStacks({});
  const times = await Promise.all(
    stacks.map(async ({ StackId }) => {
      const { StackEvents: events = [] } = await cloudFormation.describeStackEvents({ StackName: StackId });
      return events[0]?.Timestamp?.getTime() ?? 0;
    }),
  );
  return Math.max(...times);
}

async function threeRegions(scene: Scene, runs: number): Promise<void> {
  await scene.aws.setPace(1);
  const argv = (name: string, regions: string) =>
    ours(scene, 'stack', 'deploy', `--stack-name=${name}`, '--template=topics.yaml', `--regions=${regions}`);
  const times: { one: number; three: number }[] = [];
  for (let round = 0; round < runs; round++) {
    const one = await seconds(() => run(scene, argv(`one-${round}`, 'eu-central-1')));
    const three = await seconds(() => run(scene, argv(`three-${round}`, 'eu-west-1\neu-north-1\nus-west-2')));
    times.push({ one, three });
  }
  await scene.aws.setPace(0);
  const ratios = times.map(({ one, three }) => three / one).sort((a, b) => a - b);
  console.log(
    `stack deploy to three Regions against one, ${runs} rounds: ratio ${(ratios[Math.floor(ratios.length / 2)] ?? Number.NaN).toFixed(2)} (budget for publishing to n Regions: 1.2)`,
  );
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
