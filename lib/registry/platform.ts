/** What an image runs on. Source: image-spec, image-index.md, "platform"; the words are Go's GOOS and GOARCH. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Other names of architectures. Source: containerd, platforms, "normalizeArch". */
const ALIASES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  i686: ['386'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** What may be left out, because it is what everybody means. Source: containerd, platforms, "normalizeArch". */
const USUAL_VARIANT: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1' };

/**
 * Reads `os/architecture[/variant]`, or an architecture alone, which means Linux. Aliases become the canonical name;
 * `arm` alone is `arm/v7`, and `arm64/v8` and `amd64/v1` lose the variant that says nothing.
 *
 * @returns undefined when the text has another form
 */
export function parsePlatform(text: string): Platform | undefined {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9][a-z0-9_.-]{0,31}$/.test(part))) return undefined;
  const [first = '', second, variant] = parts;
  return second === undefined
    ? normalisePlatform({ os: 'linux', architecture: first })
    : normalisePlatform({ os: first, architecture: second, ...(variant === undefined ? {} : { variant }) });
}

/** The canonical form of a platform, so that equal ones are written alike. */
export function normalisePlatform({ os, architecture, variant }: Platform): Platform {
  const [name, implied] = ALIASES[architecture] ?? [architecture];
  const full = variant || implied || (name === 'arm' ? 'v7' : undefined);
  return full === undefined || full === USUAL_VARIANT[name]
    ? { os, architecture: name }
    : { os, architecture: name, variant: full };
}

/** `linux/arm64` or `linux/arm/v7`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** Whether two platforms, however they are written, are the same. */
export function samePlatform(one: Platform, other: Platform): boolean {
  return formatPlatform(normalisePlatform(one)) === formatPlatform(normalisePlatform(other));
}

/** The platform for a file name or a tag: `linux-arm-v7`. */
export function platformSlug(platform: Platform): string {
  return formatPlatform(platform).replaceAll('/', '-');
}
