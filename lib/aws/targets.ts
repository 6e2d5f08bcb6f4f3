import { BadInput, Cancelled, type InputProblem } from '../errors.ts';
import type { Log } from '../hosts/host.ts';
import type { Permission } from '../operation/define.ts';
import { type InputSpecs, input, quote } from '../operation/inputs.ts';
import { mapBounded } from '../parallel.ts';
import type { Aws } from './clients.ts';
import { ROLE_ARN } from './cloudformation/deployment-inputs.ts';
import { partitionOf } from './partition.ts';
import { REGION } from './region.ts';

/** The inputs that say in which accounts and Regions an operation works. */
export const TARGET_INPUTS = {
  regions: input.list({
    description: 'Regions, one a line. Without it, the one Region of the job.',
  }),
  roles: input.list({
    description:
      "ARNs of IAM roles, one a line, each of another account. The job's credentials assume them. Without it, the job's own account.",
  }),
  parallel: input.integer({
    description: 'How many of the accounts and Regions are worked on at the same time, from 1 to 20.',
    default: '4',
    min: 1,
    max: 20,
  }),
} as const satisfies InputSpecs;

/** One account and Region. */
export interface Target {
  /** `eu-central-1`, or `111122223333/eu-central-1` where roles were given. */
  readonly label: string;
  readonly region: string;
  readonly role: string | undefined;
  readonly aws: Aws;
}

/**
 * The accounts and Regions that the inputs name: every role in every Region, in the order in which they were given.
 * Makes no call. Roles are assumed when they are first needed: in the Region of the job, or in the first of `regions`
 * where the job has none.
 *
 * @throws BadInput naming every Region and role that is not one, or is named twice; and when no Region is known at all
 */
export function connectTargets(
  aws: Aws,
  { regions, roles }: { readonly regions: readonly string[]; readonly roles: readonly string[] },
): readonly Target[] {
  const problems = [...regionProblems(regions), ...roleProblems(roles, regions.length === 0 ? [aws.region] : regions)];
  if (problems.length > 0) throw new BadInput(problems);
  const [first] = regions;
  const home = aws.hasRegion || first === undefined ? aws : aws.at({ region: first });
  const accounts =
    roles.length === 0
      ? [{ aws: home, role: undefined, prefix: '' }]
      : roles.map((role) => ({ aws: home.at({ role }), role, prefix: `${accountOf(role)}/` }));
  return accounts.flatMap(({ aws: account, role, prefix }) =>
    (regions.length === 0 ? [home.region] : regions).map((region) => ({
      label: `${prefix}${region}`,
      region,
      role,
      aws: region === account.region ? account : account.at({ region }),
    })),
  );
}

function regionProblems(regions: readonly string[]): InputProblem[] {
  return regions.flatMap((region, index) => {
    if (!REGION.test(region))
      return problem('regions', `${quote(region)} is not a Region; write for example 'eu-central-1'`);
    return regions.indexOf(region) === index ? [] : problem('regions', `${quote(region)} is named twice`);
  });
}

function roleProblems(roles: readonly string[], regions: readonly string[]): InputProblem[] {
  const accounts = roles.map(accountOf);
  return roles.flatMap((role, index) => {
    if (!ROLE_ARN.test(role)) {
      return problem('roles', `${quote(role)} is not a role ARN such as 'arn:aws:iam::111122223333:role/deploy'`);
    }
    if (accounts.indexOf(accounts[index] ?? '') !== index) {
      return problem(
        'roles',
        `${quote(role)} is a second role of account ${accounts[index]}; one stack would be deployed twice`,
      );
    }
    const elsewhere = regions.find((region) => partitionOf(region).id !== role.split(':')[1]);
    if (elsewhere === undefined || !REGION.test(elsewhere)) return [];
    return problem('roles', `${quote(role)} is of another partition than the Region ${elsewhere}`);
  });
}

function problem(name: string, message: string): InputProblem[] {
  return [{ input: name, message: `input '${name}': ${message}` }];
}

function accountOf(role: string): string {
  return role.split(':')[4] ?? '';
}

/** What became of the work on one target. */
export type TargetResult<Value> =
  | { readonly target: Target; readonly kind: 'done'; readonly value: Value }
  | { readonly target: Target; readonly kind: 'failed'; readonly error: unknown }
  | { readonly target: Target; readonly kind: 'not-tried' };

/**
 * Works on every target, at most `parallel` at a time. One that fails stops no other; after a cancellation no further
 * one is begun.
 */
export async function onTargets<Value>(
  targets: readonly Target[],
  { parallel, signal }: { readonly parallel: number; readonly signal: AbortSignal },
  work: (target: Target) => Promise<Value>,
): Promise<readonly TargetResult<Value>[]> {
  return await mapBounded(targets, parallel, async (target): Promise<TargetResult<Value>> => {
    if (signal.aborted) return { target, kind: 'not-tried' };
    try {
      return { target, kind: 'done', value: await work(target) };
    } catch (error) {
      const cancelled = signal.aborted && !(error instanceof Error && 'explanation' in error);
      return { target, kind: 'failed', error: cancelled ? cancellation() : error };
    }
  });
}

function cancellation(): Cancelled {
  return new Cancelled({
    what: 'It was cancelled',
    next: 'Run it again: it goes on from what it finds. What AWS had begun goes on by itself',
  });
}

/**
 * The context of an operation for one target. Among several its lines begin with the target and are not folded, because
 * they come in between each other.
 */
export function contextOf<Context extends { readonly aws: Aws; readonly log: Log }>(
  context: Context,
  { aws, label }: Target,
  among: number,
): Context {
  if (among === 1) return { ...context, aws };
  const { log } = context;
  const named = (message: string) => `[${label}] ${message}`;
  return {
    ...context,
    aws,
    log: {
      debug: (message) => log.debug(named(message)),
      info: (message) => log.info(named(message)),
      warning: (message) => log.warning(named(message)),
      error: (message) => log.error(named(message)),
      group: async (title, work) => {
        log.info(named(title));
        return await work();
      },
    },
  };
}

/** What working in other accounts takes, besides the permissions of each role there. */
export const TARGET_PERMISSIONS: readonly Permission[] = [
  {
    action: 'sts:AssumeRole',
    resource: 'arn:${Partition}:iam::*:role/*',
    why: 'works in the accounts of these roles',
    onlyWith: "'roles'",
  },
];
