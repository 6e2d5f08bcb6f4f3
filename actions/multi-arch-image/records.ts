import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationFailed } from '../../lib/errors.ts';
import type { Json } from '../../lib/hosts/host.ts';
import { type Digest, isDigest } from '../../lib/registry/digest.ts';
import { formatPlatform, type Platform, parsePlatform, platformSlug } from '../../lib/registry/platform.ts';
import { formatReference, parseRepository, type Repository } from '../../lib/registry/reference.ts';

/** What `build` leaves for later jobs. */
export interface BuildRecord {
  readonly kind: 'build';
  readonly image: Repository;
  readonly platform: Platform;
  /** The manifest that was pushed, by digest and without a tag. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
  /** Full SHA of the commit that it was built from, where the host knows it. */
  readonly commit?: string;
  /** What built it: `buildah 1.28.2`. */
  readonly tool: string;
}

/** What `test` leaves for later jobs. A failed test leaves its record, too. */
export interface TestRecord {
  readonly kind: 'test';
  readonly image: Repository;
  readonly platform: Platform;
  readonly digest: Digest;
  readonly command: readonly string[];
  readonly exitCode: number;
  /** Seconds, with milliseconds. */
  readonly duration: number;
  /** True where the machine is of another architecture and an emulator ran the command. */
  readonly emulated: boolean;
  readonly tool: string;
}

export type ImageRecord = BuildRecord | TestRecord;

const FORMAT = 'headgate-image-1';

/** The file name of a record: one for each kind, image and platform, so that the legs of a matrix never share one. */
export function recordName({ kind, image, platform }: ImageRecord): string {
  // Repository paths are long where groups are nested; their end tells more than their beginning.
  const name = image.path
    .replaceAll('/', '-')
    .slice(-50)
    .replace(/^[^a-z0-9]+/, '');
  return `image-${kind}-${name}-${platformSlug(platform)}`;
}

/** A record as JSON, for `host.record`. */
export function recordJson(record: ImageRecord): Json {
  return {
    format: FORMAT,
    ...record,
    image: formatReference(record.image),
    platform: formatPlatform(record.platform),
  } as unknown as Json;
}

/**
 * Reads the records of an image from a folder, also from folders in it (a host may put each job's files into its own).
 * Other files, and records of other images, are passed over.
 *
 * @throws OperationFailed for a folder that is not there, and for a record that cannot be read
 */
export async function readRecords(folder: string, image: Repository): Promise<readonly ImageRecord[]> {
  const records: ImageRecord[] = [];
  for (const file of await recordFiles(folder)) {
    const record = readRecord(await readFile(file, 'utf8'), file);
    if (formatReference(record.image) === formatReference(image)) records.push(record);
  }
  return records;
}

async function recordFiles(folder: string): Promise<string[]> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) {
    throw new OperationFailed({
      what: `There are no records: '${folder}' is not a folder`,
      cause: 'the jobs before this one left nothing, or their artefacts were not handed over to this job',
      next: "Run 'multi-arch-image build' and 'test' before, hand '.headgate/records' over, and name the folder with 'records'",
    });
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^image-(build|test)-.*\.json$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function readRecord(text: string, file: string): ImageRecord {
  const broken = (why: string) =>
    new OperationFailed({
      what: `The record '${file}' cannot be read: ${why}`,
      cause: 'it was cut, changed, or written by another version of Headgate',
      next: 'Run the jobs that build and test again, with one version of Headgate',
    });
  let value: Readonly<Record<string, unknown>>;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('it is not JSON');
  }
  if (value?.format !== FORMAT) throw broken(`its format is not '${FORMAT}'`);
  const platform = typeof value.platform === 'string' ? parsePlatform(value.platform) : undefined;
  const { digest, image, tool } = value;
  if (platform === undefined) throw broken("it has no 'platform'");
  if (typeof digest !== 'string' || !isDigest(digest)) throw broken("it has no 'digest'");
  if (typeof image !== 'string' || typeof tool !== 'string') throw broken("it has no 'image' or no 'tool'");
  const common = { image: parseRepository(image), platform, digest, tool };
  const { kind, mediaType, size, commit, command, exitCode, duration, emulated } = value;
  if (kind === 'build' && typeof mediaType === 'string' && Number.isSafeInteger(size)) {
    return {
      kind,
      ...common,
      mediaType,
      size: size as number,
      ...(typeof commit === 'string' ? { commit } : {}),
    };
  }
  if (
    kind === 'test' &&
    Array.isArray(command) &&
    command.every((word) => typeof word === 'string') &&
    Number.isSafeInteger(exitCode) &&
    typeof duration === 'number' &&
    typeof emulated === 'boolean'
  ) {
    return { kind, ...common, command, exitCode: exitCode as number, duration, emulated };
  }
  throw broken('a member is missing or of another type');
}
