import { type Platform, platformSlug } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import { attributes, type ToolCommand } from '../tool-command.ts';

/** A secret that the build may read; the tool reads it by itself, so that it is in no argument. */
export type BuildSecret =
  | { readonly id: string; readonly variable: string }
  | {
      readonly id: string;
      /** Absolute path, without a comma. */
      readonly file: string;
    };

/** One build of one platform, complete: nothing else decides what a builder does. */
export interface BuildOptions {
  /** Absolute path of the folder. */
  readonly context: string;
  /** Absolute path of the Containerfile. */
  readonly file: string;
  readonly platform: Platform;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly secrets: readonly BuildSecret[];
  readonly labels: Readonly<Record<string, string>>;
  /** Of the manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly cacheFrom: readonly Repository[];
  readonly cacheTo: readonly Repository[];
  /** Seconds since 1970 that all times in the image get; undefined for the time of the build. */
  readonly epoch: number | undefined;
  /** Ask the registry for a newer base image even where one is on this machine. */
  readonly pullBase: boolean;
  /** Absolute path of the folder that gets the image, an OCI image layout. */
  readonly layout: string;
  /** A name that no other build on this machine has, lower case. */
  readonly name: string;
}

/** How a tool builds one platform into an OCI image layout. Pure. */
export interface Builder {
  /** What builds, one after the other. */
  readonly build: (options: BuildOptions) => readonly ToolCommand[];
  /** What removes the traces that a build leaves on the machine, whatever became of it. */
  readonly clean: (name: string) => readonly ToolCommand[];
}

/** `--flag key=value` for each entry. */
export function pairs(flag: string, entries: Readonly<Record<string, string>>, prefix = ''): string[] {
  return Object.entries(entries).flatMap(([key, value]) => [flag, `${prefix}${key}=${value}`]);
}

/** `SOURCE_DATE_EPOCH` belongs to the build arguments of a reproducible build. Source: reproducible-builds.org. */
export function allBuildArgs({ buildArgs, epoch }: BuildOptions): Readonly<Record<string, string>> {
  return epoch === undefined ? buildArgs : { SOURCE_DATE_EPOCH: String(epoch), ...buildArgs };
}

export function secretFlags({ secrets }: BuildOptions): string[] {
  return secrets.flatMap((secret) => [
    '--secret',
    'file' in secret ? `id=${secret.id},src=${secret.file}` : `id=${secret.id},env=${secret.variable}`,
  ]);
}

/** The flags of BuildKit's registry caches, which Docker has under other names. */
export function cacheFlags(
  { cacheFrom, cacheTo, platform }: BuildOptions,
  names: { readonly from: string; readonly to: string },
): string[] {
  const cache = (repository: Repository) =>
    [
      ['type', 'registry'],
      ['ref', cacheReference(repository, platform)],
    ] as const;
  return [
    ...cacheFrom.flatMap((repository) => [names.from, attributes(cache(repository))]),
    ...cacheTo.flatMap((repository) => [names.to, attributes([...cache(repository), ['mode', 'max']])]),
  ];
}

/** BuildKit keeps a cache under a tag: one for each platform, or they would overwrite each other. */
function cacheReference(repository: Repository, platform: Platform): string {
  return `${formatReference(repository)}:cache-${platformSlug(platform)}`;
}
