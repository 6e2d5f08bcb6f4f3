import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Descriptor } from '../../../lib/registry/manifest.ts';
import { samePlatform } from '../../../lib/registry/platform.ts';
import type { Repository } from '../../../lib/registry/reference.ts';
import { RECORDS_INPUT } from '../image-inputs.ts';
import { type ImageRecord, readRecords, type TestRecord } from '../records.ts';
import { bad, entryName, good, type VerifyFinding } from './finding.ts';

/**
 * The records of an image; undefined when none were given: a look at an image that was made long ago has none.
 *
 * @throws OperationFailed for a folder that was named and is not there, and for a record that cannot be read
 */
export async function givenRecords(
  folder: string,
  workspace: string,
  image: Repository,
): Promise<readonly ImageRecord[] | undefined> {
  const isDefault = folder === path.resolve(workspace, RECORDS_INPUT.default ?? '');
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isDefault && !isThere ? undefined : await readRecords(folder, image);
}

/** Whether a test of each image passed, as the records say. */
export function checkTested(
  images: readonly Descriptor[],
  records: readonly ImageRecord[] | undefined,
  allowUntested: boolean,
): readonly VerifyFinding[] {
  if (records === undefined) {
    const found = 'There are no records here, so that it is not known whether the images were tested';
    return [{ subject: 'index', check: 'tested', status: 'skipped', found }];
  }
  const tests = records.filter((record): record is TestRecord => record.kind === 'test');
  return images.map((image) => checkOne(image, tests, allowUntested));
}

function checkOne(image: Descriptor, tests: readonly TestRecord[], allowUntested: boolean): VerifyFinding {
  const name = entryName(image);
  const own = tests.filter(({ digest }) => digest === image.digest);
  const failed = own.find(({ exitCode }) => exitCode !== 0);
  if (failed !== undefined) return bad(name, 'tested', `Its test ended with ${failed.exitCode}`);
  const passed = own.find(({ platform }) => image.platform !== undefined && samePlatform(platform, image.platform));
  if (passed !== undefined)
    return good(name, 'tested', passed.emulated ? 'Its test passed, on an emulator' : 'Its test passed');
  const found = own.length > 0 ? 'It was tested, but as another platform' : `No test record names ${image.digest}`;
  return allowUntested ? { subject: name, check: 'tested', status: 'warning', found } : bad(name, 'tested', found);
}
