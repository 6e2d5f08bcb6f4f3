import type { FaultRuleState } from './fault-plan.ts';
import type { FaultSet } from './fault-rules.ts';
import { LocalAwsError } from './local-aws-error.ts';

/** What `GET /_headgate/faults` answers. */
interface FaultsInForce {
  seed: number;
  rules: FaultRuleState[];
}

/**
 * Sets fault rules, or takes all back, and gives those that are then in force.
 *
 * @param change undefined only asks
 */
export async function changeFaults(endpoint: string, change: FaultSet | 'none' | undefined): Promise<FaultsInForce> {
  const url = `${endpoint}/_headgate/faults`;
  if (change === 'none') await demandDone(await fetch(url, { method: 'DELETE' }));
  else if (change) await demandDone(await fetch(url, { method: 'PUT', body: JSON.stringify(change) }));
  return (await fetch(url)).json() as Promise<FaultsInForce>;
}

async function demandDone(answer: Response): Promise<void> {
  if (!answer.ok) throw new LocalAwsError(`The faults could not be set: ${await answer.text()}`);
}

/** A line a rule, with how often it has struck. */
export function describeFaults(endpoint: string, { seed, rules }: FaultsInForce): string {
  if (rules.length === 0) return 'No faults.\n';
  const lines = rules.map(({ matched, hits, ...rule }) => `${JSON.stringify(rule)}: ${hits} of ${matched} calls`);
  return `${[`Faults at ${endpoint}, seed ${seed}:`, ...lines].join('\n')}\n`;
}
