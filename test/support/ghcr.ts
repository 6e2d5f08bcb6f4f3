import { connectGithub } from '../../lib/hosts/github-api.ts';
import { githubPackage } from '../../lib/hosts/github-packages.ts';
import type { ImagePackage } from '../../lib/hosts/host.ts';
import { type GithubApi, startGithubApi, TOKEN } from './github-api.ts';
import { addVersion, type FakePackage, fakePackage } from './github-packages-api.ts';
import { type MisbehavingRegistry, refusal, startMisbehavingRegistry } from './misbehaving-registry.ts';

/**
 * A real registry that behaves as ghcr.io: it removes nothing, and what is pushed to it becomes versions of packages, which
 * GitHub's API lists and removes.
 */
export interface Ghcr {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly server: MisbehavingRegistry;
  readonly api: GithubApi;
  /** When the next pushes happen. */
  now: string;
  /** The package of a repository, made when it is asked for first. */
  packageOf(path: string): FakePackage;
  /** What the host's code sees of it. */
  images(path: string): Promise<ImagePackage>;
  /** Paths of what GitHub was asked to remove. */
  removals(): readonly string[];
  close(): Promise<void>;
}

const ALWAYS = Number.POSITIVE_INFINITY;

/** @param target `127.0.0.1:<port>` of the real registry, which must remove manifests */
export async function startGhcr(target: string): Promise<Ghcr> {
  const api = await startGithubApi();
  const server = await startMisbehavingRegistry(target);
  const ghcr: Ghcr = {
    host: server.host,
    server,
    api,
    now: '2026-11-01T00:00:00Z',
    packageOf: (path) => {
      const [owner = '', ...rest] = path.split('/');
      const name = rest.join('/');
      const known = api.packages.find((one) => one.owner === owner && one.name === name);
      if (known !== undefined) return known;
      const made = fakePackage({ owner, name, onRemove: ({ digest }) => removeFrom(target, path, digest) });
      api.packages.push(made);
      return made;
    },
    images: async (path) => {
      const connected = await connectGithub({ GITHUB_API_URL: api.url, GITHUB_REPOSITORY: path }, TOKEN);
      if ('note' in connected) throw new Error(connected.note);
      return githubPackage(connected.octokit, { registry: server.host, path });
    },
    removals: () => api.requests.filter((line) => line.startsWith('DELETE ')),
    close: async () => {
      await Promise.all([api.close(), server.close()]);
    },
  };
  server.fault(/^DELETE /, refusal(405, 'UNSUPPORTED'), ALWAYS);
  server.fault(
    /^PUT .*\/manifests\//,
    async (incoming, response, onward) => {
      const [, path = '', reference = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(incoming.url ?? '') ?? [];
      const real = await onward();
      const digest = real.headers['docker-content-digest'];
      if (real.statusCode === 201 && typeof digest === 'string') {
        keep(ghcr.packageOf(path), digest, reference.startsWith('sha256:') ? [] : [reference], ghcr.now);
      }
      response.writeHead(real.statusCode ?? 500, real.headers);
      real.pipe(response);
    },
    ALWAYS,
  );
  return ghcr;
}

/** A push: of a new version, or of one that is there. A tag leaves the version that had it. */
function keep(of: FakePackage, digest: string, tags: readonly string[], now: string): void {
  for (const version of of.versions) version.tags = version.tags.filter((tag) => !tags.includes(tag));
  const known = of.versions.find((version) => version.digest === digest);
  if (known === undefined) {
    addVersion(of, digest, [...tags], now);
    return;
  }
  known.tags.push(...tags);
  known.updated = now;
}

async function removeFrom(registry: string, path: string, digest: string): Promise<void> {
  const answer = await fetch(`http://${registry}/v2/${path}/manifests/${digest}`, { method: 'DELETE' });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`The registry answers ${answer.status}`);
}
