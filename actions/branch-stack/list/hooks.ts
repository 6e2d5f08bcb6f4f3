import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import { stackResources } from '../../../lib/aws/cloudformation/resources.ts';
import { distrust } from '../../../lib/branches/alive-branches.ts';
import { sourceRepository } from '../../../lib/branches/source-repository.ts';
import { badInput } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { code, table } from '../../../lib/report/markdown.ts';
import type { LIST_OUTPUTS, ListContext } from '../list.ts';
import { type OwnStack, ownStacks } from '../own-stacks.ts';
import { decide } from '../sweep/decision.ts';

interface Row {
  readonly own: OwnStack;
  readonly state: 'alive' | 'gone' | 'expired' | 'protected' | 'unknown';
  readonly cost: number | undefined;
}

export async function read(context: ListContext): Promise<Outcome<keyof typeof LIST_OUTPUTS>> {
  const prices = parsePrices(context.inputs.prices);
  const surroundings = await context.host.surroundings();
  const repository = sourceRepository(context.inputs.repository, surroundings);
  const cloudFormation = await context.aws.cloudFormation();
  const found: OwnStack[] = [];
  for await (const own of ownStacks(cloudFormation, repository)) found.push(own);

  const stateOf = await branchStates(context, surroundings.defaultBranch);
  const rows: Row[] = [];
  for (const own of found.sort((a, b) => (a.stack.name < b.stack.name ? -1 : 1))) {
    const cost = prices.size === 0 ? undefined : await costOf(cloudFormation, own.stack.id, prices);
    rows.push({ own, state: stateOf(own), cost });
  }
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length;
  const summary = `${repository} has ${rows.length} branch stacks in ${context.aws.region}: ${count('gone')} whose branch is gone, ${count('expired')} whose time is over.`;
  for (const row of rows)
    context.log.info(`  ${row.state.padEnd(9)} ${row.own.stack.name}  ${quote(row.own.owner.branch)}`);
  return {
    summary,
    outputs: { count: String(rows.length), gone: String(count('gone')), expired: String(count('expired')) },
    report: `### Branch stacks of ${code(repository)}\n\n${summary}\n\n${rowsTable(rows)}`,
    result: rows.map(toJson),
  };
}

/** What is known of the branches; when they cannot be listed, nothing is, and the list says so. */
async function branchStates(
  { host, clock, log }: ListContext,
  defaultBranch: string | undefined,
): Promise<(own: OwnStack) => Row['state']> {
  try {
    const alive = await host.branches();
    const branches = { alive, defaultBranch: defaultBranch ?? '', isProtected: () => false };
    const doubt = distrust(branches);
    if (doubt !== undefined && defaultBranch !== undefined) throw new Error(doubt);
    const at = clock.now();
    return (own) => {
      const decision = decide(own, branches, at);
      return 'destroy' in decision ? decision.destroy : decision.keep;
    };
  } catch (error) {
    log.warning(`Which branches exist is not known: ${error instanceof Error ? error.message : String(error)}`);
    return () => 'unknown';
  }
}

function parsePrices(given: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(given).map(([type, price]) => {
      if (!/^\d+(\.\d+)?$/.test(price))
        throw badInput('prices', `${quote(price)} for '${type}' is not a price; write a number such as 38 or 0.5`);
      return [type, Number(price)];
    }),
  );
}

async function costOf(
  cloudFormation: CloudFormation,
  stackId: string,
  prices: ReadonlyMap<string, number>,
): Promise<number> {
  let sum = 0;
  for await (const { ResourceType: type = '' } of stackResources(cloudFormation, stackId)) sum += prices.get(type) ?? 0;
  return sum;
}

function rowsTable(rows: readonly Row[]): string {
  const withCost = rows.some(({ cost }) => cost !== undefined);
  return table(
    ['Branch', 'State', 'Stack', 'Status', 'Commit', 'Expires', ...(withCost ? ['A month'] : [])],
    rows.map(({ own: { owner, stack }, state, cost }) => [
      code(owner.branch),
      state,
      code(stack.name),
      stack.status,
      code(owner.commit?.slice(0, 8) ?? ''),
      owner.expires ?? 'never',
      ...(withCost ? [(cost ?? 0).toFixed(2)] : []),
    ]),
  );
}

function toJson({ own: { owner, stack }, state, cost }: Row): Json {
  return {
    stackName: stack.name,
    stackId: stack.id,
    status: stack.status,
    branch: owner.branch,
    component: owner.component ?? null,
    commit: owner.commit ?? null,
    created: owner.created,
    expires: owner.expires ?? null,
    state,
    ...(cost === undefined ? {} : { costAMonth: cost }),
  };
}
