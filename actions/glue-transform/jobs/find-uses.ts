import type { Glue } from '@aws-sdk/client-glue';
import { type Sought, type Use, usesIn } from './use.ts';

/** Of at most 1,000; a visual job can be large. Source: Glue API reference, "GetJobs". */
const PAGE = 100;

/** A use, and when its job was changed last, in milliseconds since 1970. */
export interface FoundUse extends Use {
  readonly modified: number;
}

/** Looks through all jobs of the Region, page by page; only what uses one of the transforms is kept. */
export async function findUses(
  glue: Glue,
  sought: readonly Sought[],
  bucket: string,
  signal: AbortSignal,
): Promise<readonly FoundUse[]> {
  const found: FoundUse[] = [];
  let token: string | undefined;
  do {
    const page = await glue.getJobs({ MaxResults: PAGE, NextToken: token }, { abortSignal: signal });
    for (const job of page.Jobs ?? []) {
      const modified = job.LastModifiedOn?.getTime() ?? 0;
      found.push(...usesIn(job, sought, bucket).map((use) => ({ ...use, modified })));
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found.toSorted((a, b) => compare(a.job, b.job) || compare(a.transform, b.transform));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
