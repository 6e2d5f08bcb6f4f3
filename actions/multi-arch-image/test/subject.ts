import { OperationFailed } from '../../../lib/errors.ts';
import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { formatPlatform, type Platform, samePlatform } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import { readRecords } from '../records.ts';

/**
 * The digest to test: the one given, or the one that the record of the build names.
 *
 * @throws OperationFailed when no record names one, and when records name different ones
 */
export async function digestToTest(
  given: string | undefined,
  records: string,
  image: Repository,
  platform: Platform,
): Promise<Digest> {
  if (given !== undefined && isDigest(given)) return given;
  const found = (await readRecords(records, image)).filter(
    (record) => record.kind === 'build' && samePlatform(record.platform, platform),
  );
  const digests = [...new Set(found.map(({ digest }) => digest))];
  const [digest] = digests;
  if (digest !== undefined && digests.length === 1) return digest;
  const what = `${formatPlatform(platform)} of ${formatReference(image)}`;
  if (digest === undefined) {
    throw new OperationFailed({
      what: `No record says what was built for ${what}`,
      cause: 'the job that builds this platform failed or did not run, or its records were not handed over',
      next: "Run 'multi-arch-image build' for this platform before, or name the image with 'digest'",
    });
  }
  throw new OperationFailed({
    what: `The records name ${digests.length} images for ${what}: ${digests.join(', ')}`,
    cause: 'records of an older run lie in the same folder',
    next: "Remove them, or name the image with 'digest'",
  });
}
