import type { PlannedAction } from '../../operation/define.ts';
import type { StackState } from './stack.ts';
import { STATUS_RULES, type StatusRule } from './status.ts';

/** What `deployStack` does with a stack as it stands. */
export function deploymentRule(existing: StackState | undefined): StatusRule['deploy'] {
  return existing === undefined ? 'create' : STATUS_RULES[existing.status].deploy;
}

/** The steps that `deployStack` would take with the stack itself. Pure. */
export function deploymentSteps(stackName: string, existing: StackState | undefined): PlannedAction[] {
  const rule = deploymentRule(existing);
  const because = existing === undefined ? {} : { detail: `it is in ${existing.status}` };
  const stack = { what: 'stack', name: stackName };
  return [
    ...(rule === 'wait' ? [{ verb: 'wait', ...stack, ...because } as const] : []),
    ...(rule === 'recover' ? [{ verb: 'recover', ...stack, ...because } as const] : []),
    ...(rule === 'recreate' ? [{ verb: 'delete', ...stack, ...because } as const] : []),
    rule === 'create' || rule === 'recreate' ? { verb: 'create', ...stack } : { verb: 'update', ...stack },
  ];
}
