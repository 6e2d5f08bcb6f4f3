import { BadRequest } from './local-aws-error.ts';
import { Problems } from './problems.ts';
import { servedServices } from './routes.ts';

/** Which calls a rule is about, and how often it strikes. A field that is left out restricts nothing. */
export interface FaultScope {
  /** The signing name, as in the recorded calls: `cloudformation`, `s3`, `monitoring`. */
  service?: string;
  /** The API operation, as in the recorded calls: `DescribeStacks`, `PutObject`. */
  operation?: string;
  /** The Region that the call was signed for. */
  region?: string;
  /** From 0 to 1; 1 when left out. */
  probability?: number;
  /** The rule ends after this many faults. */
  times?: number;
  /** The first calls that match pass without a fault. */
  skip?: number;
  /** Of the calls after those only each so many is struck: with 3 the third, the sixth and so on. 1 when left out. */
  every?: number;
}

/**
 * What goes wrong.
 * `throttle`, `server-error`, `conflict`: the service answers so, in its own protocol; the call is not carried out.
 * `reset`: the connection is reset before the call is carried out.
 * `reset-after`: the call is carried out, and the connection is reset in place of the answer.
 * `latency`: the call waits, then goes on; rules after this one are still asked.
 * `unreachable`: a service or Region that is down; each connection is reset.
 */
export type FaultEffect =
  | { fault: 'throttle' | 'conflict' }
  | { fault: 'server-error'; status?: 500 | 503 }
  | { fault: 'reset' | 'reset-after' | 'unreachable' }
  | { fault: 'latency'; milliseconds: number };

export type FaultRule = FaultScope & FaultEffect;

/** Rules with the seed of their random numbers: the same seed and the same calls give the same faults. */
export interface FaultSet {
  /** 1 when left out. */
  seed?: number;
  /** Asked in this order; the first that strikes decides, except for latency. */
  rules: readonly FaultRule[];
}

export const FAULTS = [
  'throttle',
  'server-error',
  'conflict',
  'reset',
  'reset-after',
  'unreachable',
  'latency',
] as const;
const MOST_RULES = 100;
const LONGEST_LATENCY = 600_000;
const FIELDS = ['service', 'operation', 'region', 'probability', 'times', 'skip', 'every', 'fault'];

/**
 * Checks rules that came from outside.
 *
 * @throws BadRequest with everything that is wrong with them
 */
export function readFaults(sent: unknown): Required<FaultSet> {
  const problems = new Problems('faults');
  const set = problems.object(sent, '', ['seed', 'rules']);
  const seed = problems.integer(set.seed, 'seed', 0, Number.MAX_SAFE_INTEGER) ?? 1;
  const { rules } = set;
  if (!Array.isArray(rules)) {
    problems.add('rules', rules, 'a list of rules');
  } else if (rules.length > MOST_RULES) {
    problems.add('rules', `${rules.length} rules`, `at most ${MOST_RULES}`);
  } else {
    for (const [i, rule] of rules.entries()) checkRule(problems, rule, `rules[${i}]`);
  }
  problems.throwIfAny(BadRequest);
  return { seed, rules: structuredClone(rules as FaultRule[]) };
}

function checkRule(problems: Problems, sent: unknown, at: string): void {
  const kind = problems.object(sent, at).fault;
  const own = kind === 'latency' ? ['milliseconds'] : kind === 'server-error' ? ['status'] : [];
  const rule = problems.object(sent, at, [...FIELDS, ...own]);
  problems.choice(kind, `${at}.fault`, FAULTS, true);
  const service = problems.text(rule.service, `${at}.service`);
  if (service !== undefined && !servedServices().includes(service)) {
    problems.add(`${at}.service`, service, "a signing name that the local AWS answers, for example 'monitoring'");
  }
  problems.text(rule.operation, `${at}.operation`);
  problems.text(rule.region, `${at}.region`);
  problems.number(rule.probability, `${at}.probability`, 0, 1);
  problems.integer(rule.times, `${at}.times`, 1, Number.MAX_SAFE_INTEGER);
  problems.integer(rule.skip, `${at}.skip`, 0, Number.MAX_SAFE_INTEGER);
  problems.integer(rule.every, `${at}.every`, 1, Number.MAX_SAFE_INTEGER);
  if (kind === 'latency') problems.integer(rule.milliseconds, `${at}.milliseconds`, 0, LONGEST_LATENCY, true);
  if (kind === 'server-error' && rule.status !== undefined && rule.status !== 500 && rule.status !== 503) {
    problems.add(`${at}.status`, rule.status, '500 or 503');
  }
  const isPart = [rule.operation, rule.probability, rule.every].some((field) => field !== undefined);
  if (kind === 'unreachable' && isPart) {
    problems.add(at, 'unreachable', "with service and region only; a part of the calls is lost with 'reset'");
  }
}
