/** The part of package.json that a release is made from. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license: string;
  /** `github:owner/name` */
  readonly repository: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

/**
 * The package.json of a release. It has no dependencies, because dist/ holds them all, and no scripts, so that an
 * installation runs nothing.
 */
export function releasedManifest(manifest: Manifest, version: string): object {
  const { name, description, license, repository, engines, bin } = manifest;
  return { name, version, description, license, repository, type: 'module', engines, bin };
}

/**
 * `owner/name` of the repository.
 *
 * @throws Error when package.json names it in another form
 */
export function repositoryOf({ repository }: Manifest): string {
  const match = /^github:([\w.-]+\/[\w.-]+)$/.exec(repository);
  if (match?.[1] === undefined)
    throw new Error(`'repository' of package.json is '${repository}', not 'github:owner/name'`);
  return match[1];
}
