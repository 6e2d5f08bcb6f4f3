import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Codeartifact, PackageFormat } from '@aws-sdk/client-codeartifact';
import { connectAws } from '../../../lib/aws/clients.ts';
import { openSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { publishVersion } from '../../../lib/aws/codeartifact/publish-version.ts';
import { openRepository } from '../../../lib/aws/codeartifact/repository.ts';
import { readVersion } from '../../../lib/aws/codeartifact/version.ts';
import type { ExitCode } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Operation } from '../../../lib/operation/define.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { readReleases } from '../../../lib/packages/read-releases.ts';
import type { Call } from '../../../local-aws/calls.ts';
import type { GatewayOptions } from '../../../local-aws/gateway.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { ACCOUNT, codeArtifactOf, DOMAIN, makeRepositories } from '../../local-aws/codeartifact-client.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { quickClock } from '../../support/test-clock.ts';

export const PRIMARY = 'eu-west-1';
export const REPLICAS = ['eu-central-1', 'us-east-1'] as const;
export const REGIONS = [PRIMARY, ...REPLICAS] as const;
export const REPOSITORY = 'packages';

/** What one run of an operation left. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  /** The messages of failures. */
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
  /** `result` of the result file, or `data` of a failure. */
  readonly result: { readonly [key: string]: Json };
}

export interface RunOptions {
  /** Without it, an empty one that is removed afterwards. */
  readonly workspace?: string;
  readonly signal?: AbortSignal;
}

/** A version as a Region has it, for comparisons: its status, and the SHA-256 of each asset by name. */
export interface HeldVersion {
  readonly status: string;
  readonly assets: Readonly<Record<string, string>>;
}

export interface PutOptions {
  /** Without it, all three. */
  readonly regions?: readonly string[];
  readonly generic?: { readonly namespace?: string; readonly name: string; readonly version: string };
  /** npm: dist-tags; `latest` when not given. */
  readonly tags?: readonly string[];
}

/** A local AWS with the same repository in three Regions, and the environment of this process pointing at it. */
export interface Workplace {
  readonly aws: LocalAws;
  /** A folder for the files of a suite. */
  readonly root: string;
  client(region: string): Codeartifact;
  /** Empties everything and makes the repositories anew. */
  reset(): Promise<void>;
  /** Runs an operation as a door does, with the inputs that name the repository and its Regions. */
  run(operation: Operation, inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Ran>;
  /** Publishes package files, or folders with them, as `packages publish` does, but without its checks. */
  put(paths: readonly string[], options?: PutOptions): Promise<void>;
  /** Everything that a Region has, by `format:package version`; asked past the code that is tested. */
  held(region: string): Promise<Readonly<Record<string, HeldVersion>>>;
  /** The calls since then, by `calls.length` of before; without it, all. */
  calls(since?: number): readonly Call[];
  /** The number of the last call so far, for `calls`. */
  lastCall(): number;
  stop(): Promise<void>;
}

export async function openWorkplace(options: GatewayOptions = {}): Promise<Workplace> {
  const aws = await startLocalAws(options);
  const clients = new Map(REGIONS.map((region) => [region as string, codeArtifactOf(aws, ACCOUNT, region)]));
  const root = mkdtempSync(path.join(os.tmpdir(), 'headgate-packages-'));
  const before = { ...process.env };
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: PRIMARY });
  const client = (region: string): Codeartifact => {
    const found = clients.get(region);
    if (found === undefined) throw new Error(`The workplace has no Region ${region}`);
    return found;
  };
  const silent = new AbortController().signal;

  return {
    aws,
    root,
    client,
    reset: async () => {
      await aws.reset();
      for (const each of clients.values()) await makeRepositories(each, REPOSITORY);
    },
    run: async (operation, inputs = {}, { workspace, signal = silent } = {}) => {
      const kept = memoryHost();
      const host = { ...kept, workspace: workspace ?? kept.workspace };
      const given: Readonly<Record<string, string>> = {
        domain: DOMAIN,
        repository: REPOSITORY,
        region: PRIMARY,
        replicas: REPLICAS.join('\n'),
        ...inputs,
      };
      try {
        const exitCode = await runOperation({
          operation,
          host,
          raw: (name) => given[name],
          version: '1.2.3',
          clock: quickClock,
          randomHex: (bytes) => 'ab'.repeat(bytes),
          signal,
        });
        return {
          exitCode,
          outputs: kept.outputs,
          message: kept.annotations.map(({ message }) => message).join('\n'),
          report: kept.summaries.join('\n'),
          lines: kept.lines,
          result: exitCode === 2 ? {} : readResult(host.workspace, operation.name),
        };
      } finally {
        kept.remove();
      }
    },
    put: async (paths, { regions = REGIONS, generic, tags = ['latest'] } = {}) => {
      const { log } = memoryHostLog();
      const context = { clock: quickClock, signal: silent, log, version: '1.2.3', operation: 'test put' };
      const session = openSession(context);
      try {
        const options = { workspace: root, signal: silent, ...(generic === undefined ? {} : { generic }) };
        const releases = await readReleases(paths, options);
        for (const region of regions) {
          const repository = openRepository(awsIn(region), repositoryName, quickClock);
          for (const release of releases) {
            await publishVersion({ ...context, session }, repository, {
              release,
              stored: await readVersion(repository, release.id, silent),
              tags: release.id.format === 'npm' ? tags : [],
              onAsset: () => {},
            });
          }
        }
      } finally {
        session.close();
      }
    },
    held: (region) => heldBy(client(region)),
    calls: (since) => aws.calls(since),
    lastCall: () => aws.calls().at(-1)?.n ?? 0,
    stop: async () => {
      process.env = before;
      for (const each of clients.values()) each.destroy();
      await aws.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const repositoryName = { domain: DOMAIN, domainOwner: undefined, repository: REPOSITORY };

function awsIn(region: string) {
  return connectAws({
    region,
    roleToAssume: undefined,
    allowedAccountIds: [],
    identityToken: async () => undefined,
    userAgent: { version: '1.2.3', operation: 'test put' },
  });
}

function memoryHostLog() {
  const host = memoryHost();
  host.remove();
  return host;
}

function readResult(workspace: string, operation: string): { readonly [key: string]: Json } {
  const file = path.join(workspace, '.headgate', 'results', `${operation.replaceAll(' ', '-')}.json`);
  const { result, data } = JSON.parse(readFileSync(file, 'utf8'));
  return data?.result ?? data ?? result ?? {};
}

async function heldBy(client: Codeartifact): Promise<Record<string, HeldVersion>> {
  const inRepository = { domain: DOMAIN, repository: REPOSITORY };
  const held: Record<string, HeldVersion> = {};
  const packages = await pages((nextToken) => client.listPackages({ ...inRepository, nextToken }), 'packages');
  for (const { format, namespace, package: name } of packages) {
    const asked = { ...inRepository, format: format as PackageFormat, namespace, package: name! };
    const versions = await pages((nextToken) => client.listPackageVersions({ ...asked, nextToken }), 'versions');
    for (const { version, status } of versions) {
      const one = { ...asked, packageVersion: version! };
      const assets = await pages((nextToken) => client.listPackageVersionAssets({ ...one, nextToken }), 'assets');
      const hashes = assets.map((asset) => [asset.name!, asset.hashes?.['SHA-256'] ?? '']);
      const shown = namespace === undefined ? name : `${namespace}/${name}`;
      held[`${format}:${shown} ${version}`] = { status: status!, assets: Object.fromEntries(hashes) };
    }
  }
  return held;
}

async function pages<Member extends string, Entry>(
  ask: (
    nextToken: string | undefined,
  ) => Promise<{ nextToken?: string | undefined } & { [M in Member]?: Entry[] | undefined }>,
  member: Member,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ask(nextToken);
    all.push(...(page[member] ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return all;
}
