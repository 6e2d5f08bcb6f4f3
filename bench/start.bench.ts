import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { startLocalAws } from '../local-aws/start.ts';
import { type Measured, measure, pairedRatio } from './measure.ts';

const root = path.resolve(import.meta.dirname, '..');

/** One AWS call with the same client, bundled alike: what any program of this kind must at least do. */
const MINIMAL = `
const { CloudFormation } = await import('@aws-sdk/client-cloudformation');
const client = new CloudFormation({ disableHostPrefix: true });
await client.describeStacks({ StackName: 'none' }).catch(() => {});
`;

/** Start, memory and bundle: the first rows of the budgets. */
export async function bench(runs: number): Promise<void> {
  await execa(process.execPath, [path.join(root, 'scripts', 'release.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const program = path.join(root, 'release', 'tree', 'dist', 'headgate.js');
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'headgate-bench-'));
  const aws = await startLocalAws();
  try {
    const minimal = await bundleMinimal(temporary);
    const env = { PATH: process.env.PATH ?? '', HOME: temporary, ...aws.environment };
    const node = process.execPath;
    const name = ['branch-stack', 'name'];
    const identity = ['--repository=github.com/octo-org/shop', '--branch=feature/x'];
    const results = await measure(
      {
        'node -e 0': { argv: [node, '-e', '0'], env },
        'headgate --version': { argv: [node, program, '--version'], env },
        'headgate branch-stack deploy --help': { argv: [node, program, 'branch-stack', 'deploy', '--help'], env },
        'headgate branch-stack deploy, bad input': {
          argv: [node, program, 'branch-stack', 'deploy', '--ttl=7x'],
          env,
          exit: 2,
        },
        'headgate branch-stack name': { argv: [node, program, ...name, ...identity], env },
        'minimal script, one call': { argv: [node, minimal], env },
        'headgate, one call': { argv: [node, program, ...name, '--of-stack=none'], env, exit: 1 },
        'aws cloudformation describe-stacks': {
          argv: [
            path.join(root, '.cache', 'python', 'bin', 'aws'),
            'cloudformation',
            'describe-stacks',
            '--stack-name',
            'none',
          ],
          env,
          exit: 255,
        },
      },
      runs,
    );
    report(results, runs);
    await reportBundle(path.join(root, 'release', 'tree', 'dist'));
  } finally {
    await aws.stop();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function bundleMinimal(temporary: string): Promise<string> {
  await symlink(path.join(root, 'node_modules'), path.join(temporary, 'node_modules'));
  await writeFile(path.join(temporary, 'package.json'), '{ "type": "module" }');
  await writeFile(path.join(temporary, 'minimal.js'), MINIMAL);
  const ncc = path.join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');
  const out = path.join(temporary, 'out');
  await execa(process.execPath, [
    ncc,
    'build',
    path.join(temporary, 'minimal.js'),
    '--out',
    out,
    '--minify',
    '--no-cache',
    '--quiet',
  ]);
  return path.join(out, 'index.js');
}

function report(results: Readonly<Record<string, Measured>>, runs: number): void {
  const pick = (name: string): Measured => {
    const found = results[name];
    if (found === undefined) throw new Error(`'${name}' was not measured`);
    return found;
  };
  const bare = pick('node -e 0');
  const minimal = pick('minimal script, one call');
  console.log(`medians of ${runs} runs each, in turn; ratios run by run\n`);
  console.log('what                                          ms     MB  x node -e 0  x minimal script');
  for (const [name, one] of Object.entries(results)) {
    const columns = [
      (one.seconds * 1000).toFixed(0).padStart(5),
      one.megabytes.toFixed(0).padStart(5),
      pairedRatio(one, bare).toFixed(2).padStart(11),
      pairedRatio(one, minimal).toFixed(2).padStart(16),
    ];
    console.log(`${name.padEnd(42)} ${columns.join('  ')}`);
  }
  const ours = pick('headgate, one call');
  console.log(`\nbudget: help, bad input, a name      1.50 x node -e 0`);
  console.log(`budget: up to the first AWS call     1.15 x minimal script: ${pairedRatio(ours, minimal).toFixed(2)}`);
  console.log(
    `budget: memory before data flows     + 10 MB over the script: ${(ours.megabytes - minimal.megabytes).toFixed(1)} MB`,
  );
}

async function reportBundle(dist: string): Promise<void> {
  const files = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.js'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(path.join(dist, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(
    `budget: bundle                       6 MB for seven scenarios (one published AWS action: 3.1 MB): ${(bytes / 1e6).toFixed(2)} MB in ${files.length} files`,
  );
}
