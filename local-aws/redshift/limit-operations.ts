import type { Answer, Handler } from './api-call.ts';
import { conflict, invalid, notFound } from './error.ts';
import { page } from './pages.ts';
import { arnOf, type Estate, newId, type ServerlessStore, type UsageLimit } from './serverless-model.ts';

const TYPES = ['serverless-compute', 'cross-region-datasharing'] as const;
const PERIODS = ['daily', 'weekly', 'monthly'] as const;
const ACTIONS = ['log', 'emit-metric', 'deactivate'] as const;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** Usage limits are kept and shown; nothing is counted against them. */
export function limitOperations(store: ServerlessStore): Readonly<Record<string, Handler>> {
  return {
    CreateUsageLimit: (call) => {
      const { members } = call;
      const estate = store.estate(call);
      const resourceArn = members.required('resourceArn');
      const usageType = members.choice('usageType', TYPES);
      const amount = members.integer('amount', 1, LARGEST);
      if (usageType === undefined || amount === undefined) throw invalid("'usageType' and 'amount' must be given.");
      const period = members.choice('period', PERIODS) ?? 'monthly';
      const breachAction = members.choice('breachAction', ACTIONS) ?? 'log';
      const isThere = [...estate.namespaces.values(), ...estate.workgroups.values()].some(
        ({ arn }) => arn === resourceArn,
      );
      if (!isThere) throw notFound(`The resource ${resourceArn} does not exist.`, { resourceName: resourceArn });
      for (const other of estate.limits.values()) {
        const isSame = other.resourceArn === resourceArn && other.usageType === usageType && other.period === period;
        if (isSame) throw conflict(`${resourceArn} has a ${period} limit for ${usageType} already.`);
      }
      const id = newId();
      const arn = arnOf(call, 'redshift-serverless', `usagelimit/${id}`);
      const limit = { id, arn, resourceArn, usageType, period, amount, breachAction };
      estate.limits.set(id, limit);
      return { usageLimit: show(limit) };
    },
    GetUsageLimit: (call) => ({
      usageLimit: show(limitOf(store.estate(call), call.members.required('usageLimitId'))),
    }),
    ListUsageLimits: (call) => {
      const { members } = call;
      const resourceArn = members.text('resourceArn');
      const usageType = members.choice('usageType', TYPES);
      const wanted = [...store.estate(call).limits.values()]
        .filter((limit) => resourceArn === undefined || limit.resourceArn === resourceArn)
        .filter((limit) => usageType === undefined || limit.usageType === usageType);
      const size = members.integer('maxResults', 1, 100) ?? 100;
      const { entries, nextToken } = page(wanted, ({ id }) => id, { size, token: members.text('nextToken') });
      return { usageLimits: entries.map(show), ...(nextToken !== undefined && { nextToken }) };
    },
    UpdateUsageLimit: (call) => {
      const { members } = call;
      const found = limitOf(store.estate(call), members.required('usageLimitId'));
      found.amount = members.integer('amount', 1, LARGEST) ?? found.amount;
      found.breachAction = members.choice('breachAction', ACTIONS) ?? found.breachAction;
      return { usageLimit: show(found) };
    },
    DeleteUsageLimit: (call) => {
      const estate = store.estate(call);
      const found = limitOf(estate, call.members.required('usageLimitId'));
      estate.limits.delete(found.id);
      return { usageLimit: show(found) };
    },
  };
}

function limitOf({ limits }: Estate, id: string): UsageLimit {
  const found = limits.get(id);
  if (!found) throw notFound(`The usage limit ${id} does not exist.`, { resourceName: id });
  return found;
}

function show({ id, arn, ...rest }: UsageLimit): Answer & object {
  return { usageLimitId: id, usageLimitArn: arn, ...rest };
}
