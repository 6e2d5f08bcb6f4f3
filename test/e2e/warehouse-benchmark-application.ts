import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ResourceNotFoundException, type Workgroup } from '@aws-sdk/client-redshift-serverless';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { installTpcds } from '../../engines/duckdb/install-tpcds.ts';
import type { LocalAws } from '../../local-aws/start.ts';
import { redshiftOf } from '../local-aws/redshift-client.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** Names that the stack gives, and where the benchmark runs by them. */
export const WORKGROUP = 'warehouse-benchmark';
export const ON_REDSHIFT = { engine: 'redshift', workgroup: WORKGROUP, 'scale-factor': '0.01' } as const;
/** What deploys the stack that `addWarehouse` has put into the repository. */
export const STACK = {
  'stack-name': 'warehouse',
  template: 'warehouse/template.yaml',
  capabilities: 'CAPABILITY_IAM',
  bootstrap: 'true',
} as const;
/** Where runs leave their folders. */
const RUNS = '.headgate/warehouse-benchmark';

/** The files of a run that every one has. */
export const REPORT_FILES: readonly string[] = [
  'charts/query-times.svg',
  'charts/sessions.svg',
  'executions.csv',
  'journal.jsonl',
  'junit.xml',
  'report.json',
  'summary.md',
];

const CACHE = process.env.HEADGATE_CACHE ?? path.resolve(import.meta.dirname, '..', '..', '.cache');

/** Installs what the queries run on, once, so that no job downloads it. */
export async function installEngine(): Promise<void> {
  await installDuckdb();
  await installTpcds();
}

/** The local AWS as jobs see it that find DuckDB installed. */
export function withEngine(aws: LocalAws): LocalAws {
  return { ...aws, environment: environmentOf(aws) };
}

/** What such jobs see where there is no AWS at all: no variable of it. */
export function withoutAws(aws: LocalAws): LocalAws {
  return { ...aws, environment: { HEADGATE_CACHE: CACHE } as unknown as LocalAws['environment'] };
}

/** The variables of jobs that find DuckDB installed. */
export function environmentOf({ environment }: Pick<LocalAws, 'environment'>): LocalAws['environment'] {
  const variables = { ...environment, HEADGATE_CACHE: CACHE };
  return variables;
}

/** Puts the stack into the repository as the release has it, with the function's zip. */
export async function addWarehouse(repository: ScratchRepository): Promise<void> {
  const source = path.join(await releaseTree(), 'stacks', 'warehouse-benchmark');
  const target = path.join(repository.directory, 'warehouse');
  await cp(path.join(source, 'template.yaml'), path.join(target, 'template.yaml'));
  await cp(path.join(source, 'functions', 'usage-limit.zip'), path.join(target, 'functions', 'usage-limit.zip'));
  await repository.commit({}, 'A warehouse');
}

/** A workgroup as the service shows it, and its tags; undefined when there is none. */
export async function workgroupOf(
  aws: LocalAws,
  name: string = WORKGROUP,
): Promise<(Workgroup & { readonly tags: Readonly<Record<string, string>> }) | undefined> {
  const { serverless } = clientsOf(aws);
  try {
    const { workgroup } = await serverless.getWorkgroup({ workgroupName: name });
    const { tags = [] } = await serverless.listTagsForResource({ resourceArn: workgroup?.workgroupArn });
    return { ...workgroup, tags: Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value])) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** The SDK's own clients for the account and Region of the jobs. */
export function clientsOf({ endpoint, environment }: LocalAws): ReturnType<typeof redshiftOf> {
  return redshiftOf({ endpoint } as LocalAws, environment.AWS_ACCESS_KEY_ID, environment.AWS_REGION);
}

/** What tests look at in a report. */
export interface Report {
  readonly resumed: boolean;
  readonly label: string;
  readonly setting: { readonly engine: Readonly<Record<string, unknown>>; readonly scaleFactor: number };
  readonly executions: readonly Measured[];
  readonly concurrentWallMs?: number;
}

interface Measured {
  readonly part: string;
  readonly session: number;
  readonly iteration: number;
  readonly query: number;
  readonly status: string;
  readonly answer: string;
  readonly durationMs: number;
}

/** The report of a run, by the path that it tells. */
export async function reportOf({ directory }: ScratchRepository, file: string): Promise<Report> {
  return JSON.parse(await readFile(path.join(directory, file), 'utf8')) as Report;
}

/** The files that a run has left. */
export async function filesOf({ directory }: ScratchRepository, report: string): Promise<readonly string[]> {
  const folder = path.join(directory, path.dirname(report));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Copies what all runs have left, so that it stays when the repository goes. */
export async function keepFiles({ directory }: ScratchRepository, target: string): Promise<string> {
  await rm(target, { recursive: true, force: true });
  await cp(path.join(directory, RUNS), target, { recursive: true });
  return target;
}

/** A text an execution, to see that each happened once: `single 1 1 67 passed right`. */
export function executionsOf({ executions }: Report): readonly string[] {
  return executions
    .map(({ part, session, iteration, query, status, answer }) =>
      [part, session, iteration, query, status, answer].join(' '),
    )
    .sort();
}

/** What `executionsOf` gives of a run in which everything ran once and was right. */
export function allPassed(queries: number, sessions: number, iterations = 1): readonly string[] {
  const numbers = Array.from({ length: queries }, (_, index) => index + 1);
  const passes = [
    ...Array.from({ length: iterations }, (_, index) => `single 1 ${index + 1}`),
    ...Array.from({ length: sessions }, (_, index) => `concurrent ${index + 1} 1`),
  ];
  return passes.flatMap((pass) => numbers.map((query) => `${pass} ${query} passed right`)).sort();
}

/** Writes a report as it would be if everything had taken so many times as long. */
export async function slowed(
  repository: ScratchRepository,
  report: string,
  target: string,
  factor: number,
): Promise<string> {
  const original = await reportOf(repository, report);
  const file = path.join(repository.directory, target);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(multiplyTimes(original as unknown as Value, factor)));
  return target;
}

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
const TIMES = ['durationMs', 'startMs', 'wallMs', 'queueMs', 'compileMs', 'executionMs', 'concurrentWallMs'];

function multiplyTimes(value: Value, factor: number): Value {
  if (Array.isArray(value)) return value.map((each: Value) => multiplyTimes(each, factor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      TIMES.includes(name) ? Number(inner) * factor : multiplyTimes(inner, factor),
    ]),
  );
}
