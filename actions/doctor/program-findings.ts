import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../../lib/hosts/host.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { ok, problem, warning } from './finding.ts';
import type { DoctorContext } from './run.ts';

const run = promisify(execFile);
const TIMEOUT = 10_000;

/** The tools that an image for jobs must have besides Node. */
const TOOLS = [
  { tool: 'git', use: 'the repository at the terminal, and the branches that `branch-stack list` and `sweep` ask for' },
  { tool: 'tar', use: 'unpacking the program in a GitLab job' },
] as const;

/** The program, the Node that runs it, and the tools beside it. */
export async function programFindings({ version }: Pick<DoctorContext, 'version'>): Promise<readonly Finding[]> {
  const manifest = JSON.parse(await readFile(path.join(packageRoot(), 'package.json'), 'utf8'));
  return [
    ok('Headgate', `version ${version}`),
    nodeFinding(process.version, manifest.engines.node),
    ...(await Promise.all(TOOLS.map(({ tool, use }) => toolFinding(tool, use)))),
  ];
}

/** @param wanted `>=22.18`, as in package.json */
export function nodeFinding(version: string, wanted: string): Finding {
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(wanted);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return ok('Node.js', version);
  return problem('Node.js', `${version} is too old`, `Use ${wanted}; Node 24 is what GitHub actions run on`);
}

export async function toolFinding(tool: string, use: string): Promise<Finding> {
  try {
    const { stdout } = await run(tool, ['--version'], { timeout: TIMEOUT });
    return ok(tool, stdout.split('\n')[0] ?? '');
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    const found = code === 'ENOENT' ? 'is not installed' : `does not work: ${message ?? error}`;
    return warning(tool, found, `Install it; it is for ${use}`);
  }
}

function numbers(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
}
