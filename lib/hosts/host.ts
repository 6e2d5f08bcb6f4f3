/** A value that survives JSON unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type HostName = 'github' | 'gitlab' | 'terminal';

/**
 * What made this run happen, in one shape for all hosts. `branch` is always a bare branch name, never `refs/heads/…`.
 *
 * - `branch-created` and `branch-pushed`: the branch exists and has `commit` as its head. GitHub fires both for a new branch.
 * - `branch-deleted`: the branch is gone. GitHub runs this on the default branch; the name comes from the event's payload.
 * - `pull-request`: `branch` is the head branch. `sameRepository` is false for a fork, whose branch names mean nothing here.
 * - `stop`: GitLab stops the environment of `branch` (its branch may or may not be gone).
 * - `tag`, `schedule`, `manual`, `other`: `branch` is the branch that the run itself is on, where there is one.
 */
export type HostEvent =
  | { readonly kind: 'branch-created' | 'branch-pushed'; readonly branch: string }
  | { readonly kind: 'branch-deleted' | 'stop'; readonly branch: string }
  | {
      readonly kind: 'pull-request';
      readonly action: 'opened' | 'updated' | 'closed' | 'other';
      readonly number: number;
      readonly branch: string;
      readonly sameRepository: boolean;
    }
  | { readonly kind: 'tag'; readonly tag: string; readonly deleted: boolean }
  | { readonly kind: 'schedule' | 'manual' | 'other'; readonly branch?: string };

/** Where the run happens: the repository, its commit and its default branch, as far as the host knows them. */
export interface Surroundings {
  /** `github.com` or the name of a self-managed host; undefined when unknown. */
  readonly serverHost?: string;
  /** `owner/name` or `group/sub/name`; undefined when unknown. */
  readonly repositoryPath?: string;
  readonly defaultBranch?: string;
  /** Full SHA of the commit that this run is about; undefined for a deleted branch. */
  readonly commit?: string;
  /** True when the host says that the run's own branch is protected. */
  readonly branchIsProtected?: boolean;
  /** Where a person can see this run. */
  readonly runUrl?: string;
  /** The project's own repository for images, as `registry/path` in lower case; undefined where the host has none. */
  readonly imageRepository?: string;
  readonly event: HostEvent;
}

/** How to sign in to a registry. The password is a secret. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** A repository of images: `ghcr.io` and `acme/shop`. */
export interface ImagePlace {
  readonly registry: string;
  readonly path: string;
}

/** An image, or an index, as a version of a package. */
export interface PackageVersion {
  readonly id: number;
  /** `sha256:…` */
  readonly digest: string;
  readonly tags: readonly string[];
  /** When it was last pushed or tagged. */
  readonly changedAt: Date;
}

/** A repository whose images the host keeps as versions of a package, and removes only so. */
export interface ImagePackage {
  /**
   * All versions, with and without tags.
   *
   * @throws PackageError of the kind `missing` when there is no such package, or the token may not see it
   */
  versions(): AsyncIterable<PackageVersion>;
  /** One version as it is now; undefined when it is gone. */
  version(id: number): Promise<PackageVersion | undefined>;
  /**
   * Removes a version with all its tags. One that is gone already counts as removed.
   *
   * @returns in the host's words why it keeps this version, whoever asks
   * @throws PackageError
   */
  remove(id: number): Promise<{ readonly removed: true } | { readonly removed: false; readonly why: string }>;
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly title?: string;
  /** Path relative to the workspace. */
  readonly file?: string;
  /** First line, from 1. */
  readonly line?: number;
}

/** Log lines. Progress goes to standard error at the terminal, so that standard output holds only results. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** Runs `work` with its lines folded under `title`, where the host can fold. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** What became of something that the host may or may not allow: a note says why it was left out. */
export type HostResult =
  | { readonly done: true; readonly url?: string }
  | { readonly done: false; readonly note: string };

/** What a look at one thing came to. `skipped` means that it could not be looked at, and says why. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'problem' | 'skipped';
  readonly found: string;
  /** What to do; absent where there is nothing to do. */
  readonly next?: string;
}

/** State of one deployment of a named environment. */
export interface DeploymentState {
  readonly environment: string;
  readonly state: 'in-progress' | 'success' | 'failure' | 'inactive';
  readonly url?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly description?: string;
}

/**
 * The place where an operation runs. Operations know hosts only through this interface; only `lib/hosts` reads host
 * variables or imports `@actions/*`. Methods that need the host's API never throw for missing permission, but answer
 * with a note; only `branches` and `imagePackage` do, because nothing can be done without their answer.
 */
export interface Host {
  readonly name: HostName;
  readonly log: Log;
  /** Directory of the user's checkout, or of the job where there is no checkout. */
  readonly workspace: string;
  /** The text given for an operation's input by the host's own means, or undefined. Empty text counts as not given. */
  rawInput(name: string): string | undefined;
  surroundings(): Promise<Surroundings>;
  /**
   * The names of all branches that the repository has now.
   *
   * @throws OperationFailed when they cannot be listed
   */
  branches(): Promise<ReadonlySet<string>>;
  annotate(annotation: Annotation): void;
  /** Scalars for later steps and jobs. Values are single lines; the host refuses others with an error. */
  setOutputs(outputs: Readonly<Record<string, string>>): Promise<void>;
  /** Adds Markdown to the job's summary, cut to the host's limit with a line that says what was cut. */
  summary(markdown: string): Promise<void>;
  /** Creates or updates the one comment with this key on the pull or merge request of the run's branch. */
  comment(key: string, markdown: string): Promise<HostResult>;
  /** Records the state of a deployment where the host has such records. */
  deployment(state: DeploymentState): Promise<HostResult>;
  /** Hides a value in the log where the host can. Never rely on it: a secret is not printed in the first place. */
  mask(secret: string): void;
  /** An OIDC identity token for this audience; undefined where the host gives none. */
  identityToken(audience: string): Promise<string | undefined>;
  /** The login that this host gives its jobs for a registry (host name and port); undefined for every other registry. */
  registryLogin(registry: string): Promise<RegistryLogin | undefined>;
  /**
   * The package behind a repository of images, where the registry is the host's own and removes nothing itself; undefined
   * for every other registry.
   *
   * @throws PackageError when there is no token
   */
  imagePackage(repository: ImagePlace): Promise<ImagePackage | undefined>;
  /** What only this host knows about itself: its token, its limits. Writes nothing, and never throws for what it finds. */
  inspect(now: Date): Promise<readonly Finding[]>;
  /** Leaves a JSON record for later jobs; answers with its path. A repeated run replaces its own: the name says whose it is. */
  record(name: string, value: Json): Promise<string>;
  /** Saves what the cleanup after the job needs (JSON without secrets), replacing what was saved before. */
  saveState(operation: string, state: Json): Promise<void>;
  /** What `saveState` saved for this operation in the same job; undefined when nothing was. */
  savedState(operation: string): Promise<Json | undefined>;
}
