import { type ApiCall, askedPackage, askedRepository, type Handler } from './api-call.ts';
import { invalid } from './error.ts';
import { type Package, packageKey, STATUSES, type Status, type Version } from './model.ts';
import { finish } from './publish.ts';
import { json } from './reply.ts';
import { ensurePackage, packageOf } from './store.ts';
import { seePackage } from './upstream.ts';

/** Source: API reference, UpdatePackageVersionsStatus; the same for deletion, disposal and copying. */
const MOST_VERSIONS = 100;

type ErrorCode =
  | 'ALREADY_EXISTS'
  | 'MISMATCHED_REVISION'
  | 'MISMATCHED_STATUS'
  | 'NOT_ALLOWED'
  | 'NOT_FOUND'
  | 'SKIPPED';

/** Why a version stays as it is. */
interface Refusal {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string;
}

const updateStatus: Handler = (call) => {
  const target = call.parameters.oneOfBody('targetStatus', ['Published', 'Unlisted', 'Archived'] as const);
  if (target === undefined) throw invalid("The member 'targetStatus' must be Published, Unlisted or Archived.");
  return changeEach(call, askedPackage(call), (_, version) => {
    // Source: user guide, "Package version status": what is disposed of stays so.
    if (version.status === 'Disposed') return refuse('NOT_ALLOWED', 'The version is disposed of.');
    finish(version, target);
    return target;
  });
};

const deleteVersions: Handler = (call) => {
  const found = askedPackage(call);
  return changeEach(call, found, ({ versions, tags }, { version }) => {
    versions.delete(version);
    for (const [tag, tagged] of tags) if (tagged === version) tags.delete(tag);
    return 'Deleted';
  });
};

const disposeVersions: Handler = (call) =>
  changeEach(call, askedPackage(call), (_, version) => {
    version.assets.clear();
    finish(version, 'Disposed');
    return 'Disposed';
  });

/** Within a domain, and so within a Region. */
const copyVersions: Handler = (call) => {
  const { parameters } = call;
  const source = askedRepository(call, 'source-repository');
  const destination = askedRepository(call, 'destination-repository');
  if (source === destination) throw invalid('Source and destination are the same repository.');
  const id = parameters.package();
  const asked = askedVersions(call);
  const own = source.packages.get(packageKey(id));
  const seen = parameters.flag('includeFromUpstream') ? seePackage(source, id) : own;
  if (!seen) packageOf(source, id);
  const present = destination.packages.get(packageKey(id));
  const overwrite = parameters.flag('allowOverwrite');

  const outcome = new Outcome();
  const copies: Version[] = [];
  for (const [name, revision] of asked) {
    const version = seen?.versions.get(name);
    const there = present?.versions.get(name);
    if (!version) outcome.fail(name, refuse('NOT_FOUND', 'The source repository does not have the version.'));
    else if (revision !== undefined && revision !== version.revision) {
      outcome.fail(name, refuse('MISMATCHED_REVISION', 'The version has another revision.'));
    } else if (version.status !== 'Published' && version.status !== 'Unlisted') {
      outcome.fail(name, refuse('NOT_ALLOWED', `The version is ${version.status}.`));
    } else if (there && !overwrite && there.revision !== version.revision) {
      outcome.fail(name, refuse('ALREADY_EXISTS', 'The destination repository has the version already.'));
    } else copies.push(version);
  }
  // All or nothing: with one refusal the others are skipped. Source: user guide, "Copying packages".
  for (const version of copies) {
    if (outcome.hasFailures) outcome.fail(version.version, refuse('SKIPPED', 'Another version cannot be copied.'));
    else {
      const into = ensurePackage(destination, id, { publish: 'ALLOW', upstream: 'BLOCK' });
      into.versions.set(version.version, { ...version, assets: new Map(version.assets) });
      for (const [tag, tagged] of own?.tags ?? []) if (tagged === version.version) into.tags.set(tag, tagged);
      outcome.succeed(version);
    }
  }
  return outcome.reply();
};

/** The operations on many versions at once. */
export const VERSION_OPERATIONS: Readonly<Record<string, Handler>> = {
  UpdatePackageVersionsStatus: updateStatus,
  DeletePackageVersions: deleteVersions,
  DisposePackageVersions: disposeVersions,
  CopyPackageVersions: copyVersions,
};

/** Does something with each version that is asked for, unless its status or revision is not the expected one. */
function changeEach(
  call: ApiCall,
  found: Package,
  change: (found: Package, version: Version) => Status | Refusal,
): ReturnType<typeof json> {
  const expected = call.parameters.oneOfBody('expectedStatus', STATUSES);
  const revisions = call.parameters.map('versionRevisions') ?? {};
  const outcome = new Outcome();
  for (const [name] of askedVersions(call)) {
    const version = found.versions.get(name);
    const revision = Object.hasOwn(revisions, name) ? revisions[name] : undefined;
    if (!version) outcome.fail(name, refuse('NOT_FOUND', 'The repository does not have the version.'));
    else if (revision !== undefined && revision !== version.revision) {
      outcome.fail(name, refuse('MISMATCHED_REVISION', 'The version has another revision.'));
    } else if (expected !== undefined && expected !== version.status) {
      outcome.fail(name, refuse('MISMATCHED_STATUS', `The version is ${version.status}.`));
    } else {
      const result = change(found, version);
      if (typeof result === 'string') outcome.succeed({ ...version, status: result });
      else outcome.fail(name, result);
    }
  }
  return outcome.reply();
}

/** The versions that a call names, with their revisions where it names them. */
function askedVersions({ parameters }: ApiCall): [string, string | undefined][] {
  const names = parameters.texts('versions');
  const revisions = parameters.map('versionRevisions');
  const isCopy = parameters.optional('source-repository') !== undefined;
  if (isCopy && names !== undefined && revisions !== undefined) {
    throw invalid("Only one of 'versions' and 'versionRevisions' can be given.");
  }
  const asked: [string, string | undefined][] = names
    ? names.map((name) => [name, undefined])
    : Object.entries(revisions ?? {});
  if (asked.length === 0) throw invalid("The member 'versions' is missing.");
  if (asked.length > MOST_VERSIONS) throw invalid(`A call takes at most ${MOST_VERSIONS} versions.`);
  return asked;
}

/** What became of each version. */
class Outcome {
  readonly #successful = new Map<string, { revision: string; status: Status }>();
  readonly #failed = new Map<string, Refusal>();

  succeed({ version, revision, status }: Version): void {
    this.#successful.set(version, { revision, status });
  }

  fail(version: string, refusal: Refusal): void {
    this.#failed.set(version, refusal);
  }

  get hasFailures(): boolean {
    return this.#failed.size > 0;
  }

  reply() {
    return json({
      successfulVersions: Object.fromEntries(this.#successful),
      failedVersions: Object.fromEntries(this.#failed),
    });
  }
}

function refuse(errorCode: ErrorCode, errorMessage: string): Refusal {
  return { errorCode, errorMessage };
}
