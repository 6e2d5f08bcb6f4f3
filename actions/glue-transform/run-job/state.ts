import type { Json } from '../../../lib/hosts/host.ts';
import { isMark, type RunMark } from './run-mark.ts';

/** What the cleanup has to know about the run. */
export type RunState =
  /** It may have been started; its id is not known yet. */
  | { readonly kind: 'starting'; readonly job: string; readonly mark: RunMark }
  | { readonly kind: 'started'; readonly job: string; readonly run: string }
  /** There is nothing to stop. */
  | { readonly kind: 'ended' };

/** @throws Error for anything else, which is a defect of ours */
export function runState(state: Json): RunState {
  const { kind, job, run, mark } = state as { readonly [key: string]: Json };
  if (kind === 'ended') return { kind };
  if (kind === 'started' && typeof job === 'string' && typeof run === 'string') return { kind, job, run };
  if (kind === 'starting' && typeof job === 'string' && isMark(mark)) return { kind, job, mark };
  throw new Error(`The saved state ${JSON.stringify(state)} is not that of a run of a job`);
}
