import { explainAwsError } from '../../../lib/aws/explain.ts';
import { errorMessage, HeadgateError, OperationFailed } from '../../../lib/errors.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import type { RepositoryRegion } from '../regions.ts';
import { type Asked, askRegion } from './ask-region.ts';
import type { RegionLogin } from './login-file.ts';
import { RegionUnusable } from './read-check.ts';

/** Milliseconds. */
export interface Patience {
  /** A Region that has not answered after this long does not count. */
  readonly answer: number;
  /** Nor does one that has not answered this long after the first one had: one that is down must not hold up the others. */
  readonly afterFirst: number;
}

export const PATIENCE: Patience = { answer: 10_000, afterFirst: 3000 };

/**
 * The primary Region is taken where it is not slower than the nearest one by more than this, in milliseconds: such a
 * difference is chance, and packages are in the primary Region first.
 */
export const TOLERANCE = 20;

/** A Region that is left out, and why. */
export interface LeftOut {
  readonly region: string;
  readonly reason: string;
}

export interface NearestRegions {
  /** Those that can be used, the nearest first. */
  readonly logins: readonly [RegionLogin, ...RegionLogin[]];
  readonly leftOut: readonly LeftOut[];
}

type Answer = { readonly login: RegionLogin } | { readonly region: string; readonly error: unknown };

/**
 * Logs in to all Regions at the same time and sorts those that work by how near they are. The first of `regions` is the
 * primary one.
 *
 * @throws OperationFailed with the reason of every Region when none can be used
 */
export async function findNearest(
  regions: readonly RepositoryRegion[],
  asked: Asked,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  patience: Patience = PATIENCE,
): Promise<NearestRegions> {
  const over = new AbortController();
  const ended = new AbortController();
  const stopAfter = (milliseconds: number, since = '') =>
    void clock.sleep(milliseconds, ended.signal).then(
      () => over.abort(tooSlow(`no answer within ${milliseconds / 1000} s${since}`)),
      () => {},
    );
  const either = AbortSignal.any([signal, over.signal]);
  stopAfter(patience.answer);
  let isFirst = true;
  try {
    const answers = await Promise.all(
      regions.map(async (region): Promise<Answer> => {
        try {
          const login = await untilAborted(askRegion(region, asked, { clock, signal: either }), either);
          if (isFirst) stopAfter(patience.afterFirst, ' after the first Region had answered');
          isFirst = false;
          return { login };
        } catch (error) {
          signal.throwIfAborted();
          // What is wrong with the job, such as an account that is not allowed, is so in every Region.
          if (error instanceof HeadgateError) throw error;
          return { region: region.region, error: over.signal.aborted ? over.signal.reason : error };
        }
      }),
    );
    return sortAnswers(answers, regions[0]?.region);
  } finally {
    ended.abort();
    over.abort();
  }
}

function sortAnswers(answers: readonly Answer[], primary: string | undefined): NearestRegions {
  const [first, ...more] = byNearness(
    answers.flatMap((answer) => ('login' in answer ? [answer.login] : [])),
    primary,
  );
  const failed = answers.flatMap((answer) => ('error' in answer ? [answer] : []));
  const leftOut = failed.map(({ region, error }) => ({ region, reason: reasonOf(error) }));
  if (first !== undefined) return { logins: [first, ...more], leftOut };
  throw new OperationFailed({
    what: `No Region can be used. ${leftOut.map(({ region, reason }) => `${region}: ${reason}`).join('; ')}`,
    ...adviceFor(failed[0]?.error),
    data: { regions: leftOut },
  });
}

/** The nearest first; equally near ones stay in their order. */
export function byNearness(logins: readonly RegionLogin[], primary: string | undefined): readonly RegionLogin[] {
  const sorted = [...logins].sort((a, b) => a.milliseconds - b.milliseconds);
  const nearest = sorted[0];
  const own = sorted.find(({ region }) => region === primary);
  if (nearest === undefined || own === undefined || own.milliseconds - nearest.milliseconds > TOLERANCE) return sorted;
  return [own, ...sorted.filter((login) => login !== own)];
}

function tooSlow(message: string): RegionUnusable {
  return new RegionUnusable(message, {
    likely: 'the Region has a fault, or the way to it is slow or closed',
    next: "Run again later, or name further Regions in 'replicas'",
  });
}

function reasonOf(error: unknown): string {
  return errorMessage(error).replace(/\s+/g, ' ').trim();
}

function adviceFor(error: unknown): { readonly cause?: string; readonly next?: string } {
  if (error instanceof RegionUnusable) return { cause: error.likely, next: error.next };
  if (typeof error === 'object' && error !== null && 'name' in error && error.name === 'ResourceNotFoundException') {
    return {
      cause: 'the domain or the repository has another name, or is in another Region or account',
      next: "Check 'domain', 'domain-owner', 'repository', 'region' and 'replicas'",
    };
  }
  const { cause, next } = explainAwsError(error);
  return { ...(cause === undefined ? {} : { cause }), ...(next === undefined ? {} : { next }) };
}

/** Ends with the signal even where the work does not: the SDK waits between two tries without looking at it. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  work.catch(() => {});
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
