import type { PlannedAction } from '../../operation/define.ts';
import { contentsToEmpty, type Emptying, NO_CONTENTS, type StackContents } from './delete-stack-contents.ts';
import { stackResources } from './resources.ts';
import type { StackContext, StackState } from './stack.ts';
import { STATUS_RULES } from './status.ts';

/** How a stack is to be destroyed, and how the plan says where. */
export interface DestructionRequest extends Emptying {
  readonly retain: readonly string[];
  readonly force: boolean;
  /** The account and Region, where a run has several. */
  readonly where?: string;
}

/** What `destroyStack` would do with a stack as it stands. */
export interface PlannedDestruction {
  readonly contents: StackContents;
  readonly actions: readonly PlannedAction[];
  readonly notes: readonly string[];
}

/** Plans the destruction of a stack that is there. Reads only. */
export async function planDestruction(
  context: StackContext,
  stack: StackState,
  request: DestructionRequest,
): Promise<PlannedDestruction> {
  const { where, force } = request;
  const rule = STATUS_RULES[stack.status].destroy;
  const contents = rule === 'delete' ? await contentsToEmpty(context, stack.id, request) : NO_CONTENTS;
  const place = where === undefined ? [] : [`in ${where}`];
  return {
    contents,
    actions: [
      ...(rule === 'wait' ? [step('wait', 'stack', stack.name, [...place, `it is in ${stack.status}`])] : []),
      ...contents.buckets.map((bucket) => step('empty', 'bucket', bucket, place)),
      ...contents.repositories.map((repository) => step('empty', 'repository', repository, place)),
      step('delete', 'stack', stack.name, [...place, ...(force ? ['by force, if it cannot be deleted'] : [])]),
    ],
    notes: (await retainNotes(context, stack, request.retain)).map((note) =>
      where === undefined ? note : `${where}: ${note}`,
    ),
  };
}

function step(verb: PlannedAction['verb'], what: string, name: string, details: readonly string[]): PlannedAction {
  return { verb, what, name, ...(details.length === 0 ? {} : { detail: details.join('; ') }) };
}

/** A resource that is not there (any more) is no mistake of this run, but may be a misspelt one. */
async function retainNotes({ aws }: StackContext, { id }: StackState, retain: readonly string[]): Promise<string[]> {
  if (retain.length === 0) return [];
  const there = new Set<string | undefined>();
  for await (const resource of stackResources(await aws.cloudFormation(), id)) there.add(resource.LogicalResourceId);
  return retain.map((logicalId) =>
    there.has(logicalId)
      ? `${logicalId} is left behind if it cannot be deleted`
      : `'retain' names ${logicalId}, which the stack does not have`,
  );
}
