import { Cancelled, type Explanation, HeadgateError } from '../../errors.ts';
import { explainAwsError } from '../explain.ts';
import { exportInUse, importersOf } from './exports.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';
import { type ValidationFinding, validationFindings } from './validation-findings.ts';

/** Why the work on a stack failed, and how the stack stands after it. */
export interface StackFailure {
  readonly explanation: Explanation;
  /** Undefined when the stack is not there, or cannot be read. */
  readonly stack: StackState | undefined;
  /** What pre-deployment validation found, at its resources. */
  readonly findings: readonly ValidationFinding[];
}

const STACK_POLICY = /denied by stack policy/i;

/**
 * Adds to an error what only further questions tell: how the stack stands, which stacks import an export that is in use,
 * all findings of a validation. Never throws: where a question is not answered, the error stays as it is.
 */
export async function explainStackFailure(
  context: StackContext,
  stackName: string,
  error: unknown,
): Promise<StackFailure> {
  const explanation = error instanceof HeadgateError ? error.explanation : explainAwsError(error);
  if (error instanceof Cancelled) return { explanation, stack: undefined, findings: [] };
  const stack = await attempt(context, async () => describeStack(await context.aws.cloudFormation(), stackName));
  // A deletion that was refused leaves its reason with the stack alone; otherwise that may be an old one.
  const silent = Array.isArray(explanation.data?.held) && explanation.data.held.length === 0;
  const text = [explanation.what, explanation.cause, silent ? stack?.statusReason : undefined].join('\n');
  const findings = await findingsOf(context, stack, explanation);
  const name = exportInUse(text);
  if (name !== undefined) {
    return { explanation: { ...explanation, ...(await exportText(context, name)) }, stack, findings };
  }
  if (STACK_POLICY.test(text)) return { explanation: { ...explanation, ...POLICY_TEXT }, stack, findings };
  return { explanation: { ...explanation, what: withFindings(explanation.what, findings) }, stack, findings };
}

const POLICY_TEXT = {
  cause: 'the stack has a policy that protects this resource from such an update',
  next: "Leave the resource as it is; or, if the change is meant, have the policy changed ('aws cloudformation get-stack-policy' shows it), then run again",
};

async function exportText(context: StackContext, name: string): Promise<Pick<Explanation, 'what' | 'cause' | 'next'>> {
  const importers = await attempt(context, async () => importersOf(await context.aws.cloudFormation(), name));
  const users = importers === undefined || importers.length === 0 ? 'other stacks' : importers.join(', ');
  return {
    what: `The export ${name} is in use by ${users}, so it can neither be changed nor removed`,
    cause: 'those stacks import it (Fn::ImportValue)',
    next: 'Change those stacks first so that they no longer import it, then run again; this stack stands as it was',
  };
}

/** The error names one finding; the others are at the operation. Findings of an earlier operation do not count. */
async function findingsOf(
  context: StackContext,
  stack: StackState | undefined,
  { what, data }: Explanation,
): Promise<readonly ValidationFinding[]> {
  if (Array.isArray(data?.findings)) return data.findings as readonly ValidationFinding[];
  if (stack === undefined || data?.rootCause === undefined) return [];
  const all = await attempt(context, async () =>
    validationFindings(await context.aws.cloudFormation(), { stack: stack.id }),
  );
  return all?.some(({ reason }) => what.includes(reason)) === true ? all : [];
}

function withFindings(what: string, findings: readonly ValidationFinding[]): string {
  const more = findings.filter(({ reason }) => !what.includes(reason));
  return [what, ...more.map(({ logicalId, type, reason }) => `${logicalId} (${type}): ${reason}`)].join('; ');
}

async function attempt<Value>({ log }: StackContext, ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    log.debug(`Not known after the failure: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
