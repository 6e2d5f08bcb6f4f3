import { code, table } from '../../../lib/report/markdown.ts';

/** The state of one asset in one Region, in words. */
export type Cell =
  | 'to publish'
  | 'published'
  | 'already there'
  | 'conflict'
  | 'failed'
  | 'not tried'
  | 'unreachable'
  | 'unlisted'
  | 'deleted';

interface ReportedRelease {
  readonly version: string;
  readonly format: string;
  readonly assets: readonly { readonly name: string; readonly sha256: string }[];
}

/** Every Region × package × asset with its state. */
export function assetTable(
  releases: readonly ReportedRelease[],
  regions: readonly string[],
  cellOf: (region: number, release: number, asset: string) => Cell,
): string {
  const rows = releases.flatMap(({ version, format, assets }, release) =>
    assets.map(({ name, sha256 }) => [
      code(version),
      format,
      code(name),
      code(sha256.slice(0, 12)),
      ...regions.map((_, region) => cellOf(region, release, name)),
    ]),
  );
  return table(['package', 'format', 'asset', 'SHA-256', ...regions], rows);
}
