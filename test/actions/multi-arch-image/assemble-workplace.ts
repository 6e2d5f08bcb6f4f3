import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import assemble from '../../../actions/multi-arch-image/assemble.ts';
import { type ImageRecord, recordJson, recordName } from '../../../actions/multi-arch-image/records.ts';
import type { ExitCode } from '../../../lib/errors.ts';
import type { ImagePackage, Surroundings } from '../../../lib/hosts/host.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { parseRepository } from '../../../lib/registry/reference.ts';
import { type MemoryHost, memoryHost } from '../../support/memory-host.ts';
import { jumpingClock } from '../../support/test-clock.ts';
import { pushTestImage, type TestImage, type TestImageOptions } from '../../support/test-image.ts';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** A push to `main` of a repository on GitHub. */
export const ON_MAIN: Surroundings = {
  serverHost: 'github.com',
  repositoryPath: 'acme/shop',
  defaultBranch: 'main',
  commit: COMMIT,
  event: { kind: 'branch-pushed', branch: 'main' },
};

/** What one run of the operation left. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  /** The messages of failures. */
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
}

/** Runs `multi-arch-image assemble` in a workspace, as a door does. */
export async function runAssemble(
  inputs: Readonly<Record<string, string>>,
  options: {
    readonly workspace: string;
    readonly surroundings?: Surroundings;
    readonly signal?: AbortSignal;
    /** By repository. */
    readonly imagePackages?: Readonly<Record<string, ImagePackage>>;
  },
): Promise<Ran> {
  const { surroundings = ON_MAIN, imagePackages } = options;
  const kept = memoryHost({ surroundings, ...(imagePackages === undefined ? {} : { imagePackages }) });
  const host: MemoryHost = { ...kept, workspace: options.workspace };
  try {
    const exitCode = await runOperation({
      operation: assemble,
      host,
      raw: (name) => inputs[name],
      version: '0.0.0',
      clock: jumpingClock(),
      randomHex: (bytes) => 'ab'.repeat(bytes),
      signal: options.signal ?? new AbortController().signal,
    });
    return {
      exitCode,
      outputs: host.outputs,
      message: host.annotations.map(({ message }) => message).join('\n'),
      report: host.summaries.join('\n'),
      lines: host.lines,
    };
  } finally {
    kept.remove();
  }
}

/** Writes records as jobs before this one leave them. */
export function writeRecords(workspace: string, records: readonly ImageRecord[]): void {
  const folder = path.join(workspace, '.headgate', 'records');
  mkdirSync(folder, { recursive: true });
  for (const record of records) {
    writeFileSync(path.join(folder, `${recordName(record)}.json`), JSON.stringify(recordJson(record)));
  }
}

/** The records of an image that was built and has passed its test; `changed` has the last word on each. */
export function recordsOf(
  image: string,
  built: TestImage,
  changed: { readonly build?: object; readonly test?: object } = {},
): readonly ImageRecord[] {
  const common = { image: parseRepository(image), platform: built.platform, digest: built.digest, tool: 'test 1.0' };
  const { mediaType, bytes } = built.stored;
  return [
    { kind: 'build', ...common, mediaType, size: bytes.length, commit: COMMIT, ...changed.build },
    { kind: 'test', ...common, command: ['/app'], exitCode: 0, duration: 0.1, emulated: false, ...changed.test },
  ] as readonly ImageRecord[];
}

/** Builds one image of each platform, by digest and without a tag, and writes the records of build and test. */
export async function buildAndTest(
  workspace: string,
  image: string,
  platforms: readonly string[] = ['linux/amd64', 'linux/arm64'],
  options: TestImageOptions = {},
): Promise<readonly TestImage[]> {
  const { registry, path: name } = parseRepository(image);
  const built = await Promise.all(
    platforms.map((platform) => pushTestImage({ registry, path: name }, { ...options, platform })),
  );
  writeRecords(
    workspace,
    built.flatMap((each) => recordsOf(image, each)),
  );
  return built;
}

/** What a tag of a registry points at, asked past the client that is tested; undefined when there is no such tag. */
export async function digestAt(image: string, reference: string): Promise<string | undefined> {
  const { registry, path: name } = parseRepository(image);
  const answer = await fetch(`http://${registry}/v2/${name}/manifests/${reference}`, {
    method: 'HEAD',
    headers: {
      accept: [
        'oci.image.index.v1',
        'oci.image.manifest.v1',
        'docker.distribution.manifest.list.v2',
        'docker.distribution.manifest.v2',
      ]
        .map((type) => `application/vnd.${type}+json`)
        .join(', '),
    },
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`The registry answers ${answer.status}`);
  return answer.headers.get('docker-content-digest') ?? undefined;
}

/** The tags of a repository, in order. */
export async function tagsOf(image: string): Promise<readonly string[]> {
  const { registry, path: name } = parseRepository(image);
  const answer = await fetch(`http://${registry}/v2/${name}/tags/list`);
  if (answer.status === 404) return [];
  const { tags } = (await answer.json()) as { tags: readonly string[] | null };
  return [...(tags ?? [])].sort();
}
