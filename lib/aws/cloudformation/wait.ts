import type { CloudFormation, StackEvent } from '@aws-sdk/client-cloudformation';
import { errorMessage, OperationFailed } from '../../errors.ts';
import { mayPass } from '../passing-failure.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';
import { STATUS_RULES } from './status.ts';

/** First pause between two looks, and the longest, in milliseconds. Why: docs/decisions/0005-waiting.md. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 2_000;
const GROWTH = 1.5;
const SILENCE = 15_000;

export interface WaitRequest {
  readonly stackId: string;
  /** Only events after this one are shown; undefined shows all. */
  readonly afterEvent: string | undefined;
  /**
   * The ClientRequestToken of the operation to wait for. Its events carry it, so that the end of an earlier operation is
   * never taken for the end of this one. Without it, whatever runs is waited for.
   */
  readonly token?: string;
  /** Milliseconds from now. */
  readonly timeout: number;
  /** Called for each new event. */
  readonly onEvent?: (event: StackEvent) => void;
  /** Called for each event of a resource that failed. */
  readonly onFailure?: (event: StackEvent) => void;
}

/**
 * Waits until the running operation of a stack has ended, and shows its events as they come.
 *
 * @param request.stackId the id, not the name: after a deletion only the id still finds the stack
 * A look that fails for a reason that may pass (throttling, a lost connection, an error of the service) is repeated until
 * the time is over: what runs in AWS goes on without us.
 *
 * @returns the stack as it stands at the end; undefined when the service no longer knows it
 * @throws OperationFailed when it has not ended in time. A time-out is a failure; what runs in AWS goes on.
 */
export async function waitForStack(context: StackContext, request: WaitRequest): Promise<StackState | undefined> {
  const { clock, signal, log } = context;
  const cloudFormation = await context.aws.cloudFormation();
  const started = clock.now().getTime();
  const progress = new Progress(request.stackId, request.afterEvent);
  let lastNews = started;
  let ended = false;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    try {
      const events = await eventsAfter(cloudFormation, request.stackId, progress.seen);
      for (const event of events) {
        progress.add(event);
        logEvent(context, event);
        request.onEvent?.(event);
        if (event.ResourceStatus?.endsWith('_FAILED') === true) request.onFailure?.(event);
      }
      const now = clock.now().getTime();
      if (events.length > 0) lastNews = now;

      ended ||= events.some((event) => endsOperation(event, request));
      // A token's events may never come when the service refuses before it begins; after a silence the status decides.
      if (request.token === undefined || ended || now - lastNews >= SILENCE) {
        const stack = await describeStack(cloudFormation, request.stackId);
        if (stack === undefined || STATUS_RULES[stack.status].deploy !== 'wait') return stack;
        progress.status = stack.status;
      }
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      log.warning(`CloudFormation could not be asked: ${errorMessage(error)}. What runs goes on; asking again.`);
    }
    if (clock.now().getTime() - started >= request.timeout) throw timedOut(request, progress);
    await clock.sleep(pause, signal);
  }
}

/** What the events of an operation have told so far. */
class Progress {
  /** The newest event. */
  seen: string | undefined;
  /** Of the stack itself. */
  status: string | undefined;
  readonly #stackId: string;
  readonly #running = new Map<string, string>();

  constructor(stackId: string, afterEvent: string | undefined) {
    this.#stackId = stackId;
    this.seen = afterEvent;
  }

  add(event: StackEvent): void {
    const { EventId: id, LogicalResourceId: name = '', ResourceStatus: status } = event;
    this.seen = id ?? this.seen;
    if (event.PhysicalResourceId === this.#stackId) this.status = status;
    else if (status?.endsWith('_IN_PROGRESS') === true) this.#running.set(name, status);
    else this.#running.delete(name);
  }

  /** `Data (CREATE_IN_PROGRESS)` */
  get running(): readonly string[] {
    return [...this.#running].map(([name, status]) => `${name} (${status})`);
  }
}

function timedOut({ stackId, timeout }: WaitRequest, { status = 'progress', running }: Progress): OperationFailed {
  const what = `The stack ${nameOf(stackId)} was still in ${status} after ${spell(timeout)}`;
  return new OperationFailed({
    what: running.length === 0 ? what : `${what}; what still ran: ${running.join(', ')}`,
    cause: 'a resource takes long, or waits for a signal that does not come',
    next: "Look at the last events above; raise 'timeout', or run again: it goes on from where the stack stands",
    data: { stackId, status, running },
  });
}

function spell(milliseconds: number): string {
  const [count, unit] =
    milliseconds < 120_000
      ? [Math.round(milliseconds / 1000), 'second']
      : [Math.round(milliseconds / 60_000), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function endsOperation(event: StackEvent, { stackId, token }: WaitRequest): boolean {
  const isStackItself = event.PhysicalResourceId === stackId && event.StackId === stackId;
  const running = event.ResourceStatus?.endsWith('_IN_PROGRESS') === true;
  // A second deletion of a stack joins the first one, whose token the events carry; and what is deleted stays deleted.
  const isGone = event.ResourceStatus === 'DELETE_COMPLETE';
  return isStackItself && !running && token !== undefined && (isGone || event.ClientRequestToken === token);
}

/** The name inside a stack's id: `arn:aws:cloudformation:eu-central-1:111122223333:stack/NAME/uuid`. */
export function nameOf(stackId: string): string {
  return stackId.split('/')[1] ?? stackId;
}

/** The newest event of a stack, as a mark for `waitForStack`; undefined for a stack that does not exist. */
export async function newestEvent(cloudFormation: CloudFormation, stackId: string): Promise<string | undefined> {
  const page = await cloudFormation.describeStackEvents({ StackName: stackId });
  return page.StackEvents?.[0]?.EventId;
}

/** Events after a mark, oldest first. The service lists the newest first and orders equal times only by position. */
async function eventsAfter(
  cloudFormation: CloudFormation,
  stackId: string,
  mark: string | undefined,
): Promise<StackEvent[]> {
  const found: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await cloudFormation.describeStackEvents({ StackName: stackId, NextToken: token });
    for (const event of page.StackEvents ?? []) {
      if (event.EventId === mark) return found.reverse();
      found.push(event);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found.reverse();
}

function logEvent({ log }: StackContext, event: StackEvent): void {
  const time = event.Timestamp?.toISOString().slice(11, 19) ?? '';
  const reason = (event.ResourceStatusReason ?? '') === '' ? '' : `  ${event.ResourceStatusReason}`;
  log.info(
    `  ${time}  ${(event.ResourceStatus ?? '').padEnd(28)}${event.LogicalResourceId} (${event.ResourceType})${reason}`,
  );
}
