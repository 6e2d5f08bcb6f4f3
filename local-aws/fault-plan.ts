import { createHash } from 'node:crypto';
import type { Call } from './calls.ts';
import { type FaultEffect, type FaultRule, type FaultSet, readFaults } from './fault-rules.ts';

/** A rule with what it has done so far. */
export type FaultRuleState = FaultRule & {
  /** Calls that the rule was about. */
  matched: number;
  /** Faults that it gave. */
  hits: number;
};

/** What goes wrong with one call. */
export interface DrawnFault {
  /** Milliseconds to wait first. */
  latency: number;
  /** What then happens in place of the answer; undefined when the call goes on. */
  effect: Exclude<FaultEffect, { fault: 'latency' }> | undefined;
  /** For the record: `throttle`, `latency`, or both as `latency+throttle`. */
  name: string;
}

/** The rules in force. Decides for each call, in the order of the calls, what goes wrong with it. */
export class FaultPlan {
  #seed = 1;
  #rules: FaultRuleState[] = [];

  /**
   * Replaces all rules; counts and random numbers begin again.
   *
   * @throws BadRequest when a rule is wrong; the rules so far stay in force
   */
  set(faults: FaultSet): void {
    const { seed, rules } = readFaults(faults);
    this.#seed = seed;
    this.#rules = rules.map((rule) => ({ ...rule, matched: 0, hits: 0 }));
  }

  clear(): void {
    this.set({ rules: [] });
  }

  get seed(): number {
    return this.#seed;
  }

  get rules(): readonly FaultRuleState[] {
    return this.#rules;
  }

  /** Decides about the next call; undefined when nothing goes wrong. */
  draw(call: Pick<Call, 'service' | 'operation' | 'region'>): DrawnFault | undefined {
    let latency = 0;
    const names = new Set<string>();
    for (const [index, rule] of this.#rules.entries()) {
      if (!isAbout(rule, call)) continue;
      rule.matched += 1;
      if (!this.#strikes(rule, index)) continue;
      rule.hits += 1;
      names.add(rule.fault);
      if (rule.fault !== 'latency') return { latency, effect: rule, name: [...names].join('+') };
      latency += rule.milliseconds;
    }
    return names.size > 0 ? { latency, effect: undefined, name: [...names].join('+') } : undefined;
  }

  #strikes(rule: FaultRuleState, index: number): boolean {
    const { skip = 0, every = 1, times = Infinity, probability = 1, matched, hits } = rule;
    if (matched <= skip || (matched - skip) % every !== 0 || hits >= times) return false;
    return uniform(`${this.#seed}/${index}/${matched}`) < probability;
  }
}

function isAbout(rule: FaultRule, call: Pick<Call, 'service' | 'operation' | 'region'>): boolean {
  return (
    (rule.service ?? call.service) === call.service &&
    (rule.operation ?? call.operation) === call.operation &&
    (rule.region ?? call.region) === call.region
  );
}

/**
 * A number from 0 up to 1, always the same one for the same text. Each rule has so its own sequence, which does not
 * depend on the other rules or on calls that it is not about.
 */
function uniform(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
