import { BRANCH_ANNOTATION } from '../../../actions/multi-arch-image/assemble/annotations.ts';
import clean from '../../../actions/multi-arch-image/clean.ts';
import type { ExitCode } from '../../../lib/errors.ts';
import type { HostEvent, ImagePackage } from '../../../lib/hosts/host.ts';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import type { Branch } from '../../../lib/naming/ref.ts';
import { repositoryIdOf } from '../../../lib/naming/repository.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import type { StoredManifest } from '../../../lib/registry/manifest.ts';
import { parseRepository } from '../../../lib/registry/reference.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { jumpingClock } from '../../support/test-clock.ts';
import { makeTestImage, makeTestIndex, pushTestIndex, type TestImage } from '../../support/test-image.ts';

export const SOURCE = 'github.com/acme/shop';

/** The tag that `assemble` gives the image of a branch. */
export function tagOf(branch: string, source = SOURCE): string {
  return imageTag({ repository: repositoryIdOf(source), branch: branch as Branch });
}

/** What one run of the operation left. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  /** The messages of failures. */
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
}

export interface RunOptions {
  readonly branches?: readonly string[];
  readonly event?: HostEvent;
  readonly signal?: AbortSignal;
  /** The time of the run; a fixed one when not given. */
  readonly now?: string;
  /** By repository. */
  readonly imagePackages?: Readonly<Record<string, ImagePackage>>;
}

/** Runs `multi-arch-image clean`, as a door does; `main` is the default branch. */
export async function runClean(inputs: Readonly<Record<string, string>>, options: RunOptions = {}): Promise<Ran> {
  const host = memoryHost({
    surroundings: {
      serverHost: 'github.com',
      repositoryPath: 'acme/shop',
      defaultBranch: 'main',
      event: options.event ?? { kind: 'schedule', branch: 'main' },
    },
    branches: new Set(options.branches ?? ['main']),
    ...(options.imagePackages === undefined ? {} : { imagePackages: options.imagePackages }),
  });
  try {
    const exitCode = await runOperation({
      operation: clean,
      host,
      raw: (name) => inputs[name],
      version: '1.2.3',
      clock: jumpingClock(options.now),
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
    host.remove();
  }
}

/** An index with its entries, as `assemble` pushes it for a branch. */
export interface Assembled {
  readonly tag: string;
  readonly index: StoredManifest;
  readonly images: readonly TestImage[];
}

/** Makes an image for amd64 and arm64; what is `shared` is taken in place of one of its own. */
export async function assembled(branch: string, shared: readonly TestImage[] = []): Promise<Assembled> {
  const own = ['linux/amd64', 'linux/arm64'].filter(
    (platform) => !shared.some((image) => platform.endsWith(image.platform.architecture)),
  );
  const images = [...shared];
  for (const platform of own) images.push(await makeTestImage({ platform, salt: `${branch} ${platform}` }));
  const index = makeTestIndex(
    images.map(({ descriptor }) => descriptor),
    { annotations: { [BRANCH_ANNOTATION]: branch } },
  );
  return { tag: tagOf(branch), index, images };
}

/** Pushes an image under the tag of its branch, or another. */
export async function push(image: string, made: Assembled, tag = made.tag): Promise<Assembled> {
  const { registry, path } = parseRepository(image);
  await pushTestIndex({ registry, path }, made.images, { index: made.index, tag });
  return made;
}

const TYPES = ['oci.image.index.v1', 'oci.image.manifest.v1', 'docker.distribution.manifest.v2']
  .map((type) => `application/vnd.${type}+json`)
  .join(', ');

/** Which of these manifests exist, asked past the client that is tested. */
export async function existing(image: string, digests: readonly Digest[]): Promise<Digest[]> {
  const { registry, path } = parseRepository(image);
  const found: Digest[] = [];
  for (const digest of digests) {
    const answer = await fetch(`http://${registry}/v2/${path}/manifests/${digest}`, { headers: { accept: TYPES } });
    await answer.arrayBuffer();
    if (answer.ok) found.push(digest);
    else if (answer.status !== 404) throw new Error(`The registry answers ${answer.status}`);
  }
  return found;
}

/** The digests of an index and its entries. */
export function digestsOf({ index, images }: Assembled): Digest[] {
  return [index.digest, ...images.map(({ digest }) => digest)];
}

/** One request that came by. */
export interface PassedRequest {
  readonly method: string;
  readonly path: string;
  readonly isWrite: boolean;
}

/** What happens to a request: it passes, its connection ends before or after it passed, or it gets this status. */
export type Fate = 'pass' | 'reset' | 'pass-then-reset' | number;

/** A registry behind a door that can be shut. */
export interface Doorway {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** The requests that may change something. */
  writes(): readonly string[];
  /** Decides about each request from now on; it may wait. */
  decide: (request: PassedRequest) => Fate | Promise<Fate>;
  close(): Promise<void>;
}

export async function openDoorway(registry: string): Promise<Doorway> {
  const server = await startMisbehavingRegistry(registry);
  const doorway: Doorway = {
    host: server.host,
    writes: () => server.requests.filter((line) => !/^(GET|HEAD) /.test(line)),
    decide: () => 'pass',
    close: () => server.close(),
  };
  server.fault(
    /./,
    async (incoming, response, onward) => {
      const { method = '', url: path = '' } = incoming;
      const fate = await doorway.decide({ method, path, isWrite: method !== 'GET' && method !== 'HEAD' });
      if (fate === 'reset') {
        incoming.socket.destroy();
        return;
      }
      if (typeof fate === 'number') {
        incoming.resume();
        response.writeHead(fate, { 'content-type': 'application/json' }).end('{"errors":[]}');
        return;
      }
      const real = await onward();
      if (fate === 'pass-then-reset') {
        real.resume().once('end', () => incoming.socket.destroy());
        return;
      }
      response.writeHead(real.statusCode ?? 500, real.headers);
      real.pipe(response);
    },
    Number.POSITIVE_INFINITY,
  );
  return doorway;
}
