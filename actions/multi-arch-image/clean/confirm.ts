import { errorMessage, HeadgateError, OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { isTag, type Tag } from '../../../lib/registry/reference.ts';
import type { Cleaned, CleanedItem } from './apply.ts';
import type { CLEAN_OUTPUTS } from './inputs.ts';
import { cleanedReport } from './report.ts';
import type { ImageStore } from './store.ts';

/**
 * Looks whether what was removed is gone, and says what came out. A tag that is there again was pushed anew: it counts as
 * kept.
 *
 * @throws OperationFailed when something could not be removed, or is there although it was removed
 */
export async function checkCleaned(
  cleaned: readonly Cleaned[],
  stores: ReadonlyMap<string, ImageStore>,
  keptBefore: number,
): Promise<Outcome<keyof typeof CLEAN_OUTPUTS>> {
  const checked: Cleaned[] = [];
  for (const one of cleaned) {
    const store = stores.get(one.repository);
    checked.push(store === undefined ? one : { ...one, items: await lookAgain(store, one.items) });
  }
  const count = (kind: CleanedItem['kind'], outcome: CleanedItem['removal']['outcome']) =>
    checked.flatMap(({ items }) => items).filter((item) => item.kind === kind && item.removal.outcome === outcome)
      .length;
  const outputs = {
    'deleted-tags': String(count('tag', 'removed')),
    'deleted-manifests': String(count('manifest', 'removed')),
    kept: String(keptBefore + count('tag', 'kept')),
    status: 'cleaned',
  };
  const summary = `${outputs['deleted-tags']} tags and ${outputs['deleted-manifests']} images and indexes removed, ${outputs.kept} tags kept.`;
  const report = cleanedReport(summary, checked);
  throwFailures(checked, summary, report);
  return { summary, outputs, report, result: checked.map(toJson) };
}

async function lookAgain(store: ImageStore, items: readonly CleanedItem[]): Promise<CleanedItem[]> {
  const removed = items.filter(({ removal }) => removal.outcome === 'removed').map(({ name }) => name);
  const references = removed.filter((name): name is Tag | Digest => isDigest(name) || isTag(name));
  const there = await store.resolve(references);
  return items.map((item) => {
    if (item.removal.outcome !== 'removed' || !there.has(item.name)) return item;
    const removal: CleanedItem['removal'] =
      item.kind === 'tag'
        ? { outcome: 'kept', why: 'it was pushed again in the meantime' }
        : { outcome: 'kept', why: 'it is there again, or the registry removes it later' };
    return { ...item, removal };
  });
}

/** @throws OperationFailed with the words of the first failure, which is often the one behind all others */
function throwFailures(cleaned: readonly Cleaned[], summary: string, report: string): void {
  const failures = cleaned.flatMap(({ repository, items, error }) => [
    ...items.flatMap(({ name, removal }) =>
      removal.outcome === 'failed' ? [{ name: `${repository} ${name}`, error: removal.error }] : [],
    ),
    ...(error === undefined ? [] : [{ name: repository, error }]),
  ]);
  const [first] = failures;
  if (first === undefined) return;
  const explained =
    first.error instanceof HeadgateError ? first.error.explanation : { what: errorMessage(first.error) };
  const more = failures.length === 1 ? '' : `; ${failures.length - 1} more failed, see the report`;
  throw new OperationFailed(
    {
      cause: 'see the message',
      next: 'Free what is named; the next run goes on from what it finds',
      ...explained,
      what: `${summary} ${first.name}: ${explained.what}${more}`,
      report,
      data: { failed: failures.map(({ name, error }) => `${name}: ${errorMessage(error)}`) },
    },
    { cause: first.error },
  );
}

function toJson({ repository, items, error }: Cleaned): Json {
  return {
    repository,
    items: items.map(({ kind, name, removal }) => ({
      kind,
      name,
      outcome: removal.outcome,
      ...(removal.outcome === 'kept' ? { why: removal.why } : {}),
    })),
    ...(error === undefined ? {} : { error: errorMessage(error) }),
  };
}
