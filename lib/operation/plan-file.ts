import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { badInput, Refused } from '../errors.ts';
import type { Plan, PlanMode } from './define.ts';

const FORMAT = 'headgate-plan/1';

/** A plan as it is saved between jobs: plan, approval, same plan. */
export interface SavedPlan {
  readonly format: typeof FORMAT;
  readonly operation: string;
  /** Version of Headgate that made it; another version may plan other steps, which the comparison shows. */
  readonly version: string;
  readonly mode: PlanMode;
  /** ISO instant. */
  readonly madeAt: string;
  readonly plan: Plan;
}

/**
 * Writes a plan to a file, replacing what was there. Folders above it are made.
 *
 * @throws BadInput when the file cannot be written
 */
export async function savePlan(file: string, saved: Omit<SavedPlan, 'format'>): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify({ format: FORMAT, ...saved }, null, 2)}\n`);
  } catch (error) {
    throw badInput('plan-file', `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Reads a saved plan.
 *
 * @throws BadInput when the file is missing, is not a plan, or is the plan of another operation
 */
export async function readPlan(file: string, operation: string): Promise<SavedPlan> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw badInput('apply-plan', `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const saved = parsePlan(text);
  if (saved === undefined) throw badInput('apply-plan', `${file} is not a plan that 'plan-file' wrote`);
  if (saved.operation !== operation) {
    throw badInput('apply-plan', `${file} is a plan of '${saved.operation}', not of '${operation}'`);
  }
  return saved;
}

function parsePlan(text: string): SavedPlan | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { format, operation, mode, madeAt, plan } = value as Partial<Record<keyof SavedPlan, unknown>>;
    const valid =
      format === FORMAT &&
      typeof operation === 'string' &&
      (mode === 'offline' || mode === 'preview') &&
      typeof madeAt === 'string' &&
      !Number.isNaN(Date.parse(madeAt)) &&
      typeof plan === 'object' &&
      plan !== null;
    return valid ? (value as SavedPlan) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses when a plan made now differs from the saved one, and names the first places that differ.
 *
 * @throws Refused
 */
export function checkSamePlan(saved: Plan, now: Plan): void {
  const differences = [...differingPaths(saved, now, 'plan')];
  if (differences.length === 0) return;
  throw new Refused({
    what: `The plan no longer fits: ${differences.slice(0, 5).join('; ')}${differences.length > 5 ? `; and ${differences.length - 5} more` : ''}`,
    cause: 'what the plan is about, or an input, has changed since it was made',
    next: 'Make a new plan, have it approved, and apply that one; nothing was changed',
    data: { differences },
  });
}

function* differingPaths(before: unknown, after: unknown, path: string): Generator<string> {
  if (Object.is(before, after)) return;
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differingPaths(member(before, key), member(after, key), `${path}.${key}`);
    }
    return;
  }
  yield `${path} was ${shown(before)} and is now ${shown(after)}`;
}

/** Names come from users, and every object has a `constructor` that is none of its own. */
function member(container: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
