import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AwsError, awsError } from './aws-error.ts';
import { conflicting, serverError, throttled } from './fault-errors.ts';
import type { DrawnFault } from './fault-plan.ts';
import type { ProtocolSigns } from './protocol.ts';

/** The faults that leave a caller without an answer. */
const WITHOUT_ANSWER = new Set(['reset', 'reset-after', 'unreachable']);

/**
 * Lets a fault happen, as far as it happens before the call is carried out.
 * Resolves to true when the call has so come to its end.
 */
export async function inject(
  { latency, effect }: DrawnFault,
  request: IncomingMessage,
  response: ServerResponse,
  target: Omit<ProtocolSigns, 'headers'>,
): Promise<boolean> {
  if (latency > 0 && !(await pause(latency, response))) return true;
  const signs = { headers: request.headers, ...target };
  switch (effect?.fault) {
    case undefined:
    case 'reset-after':
      return false;
    case 'reset':
    case 'unreachable':
      hangUp(response);
      return true;
    case 'throttle':
      return refuse(throttled(signs));
    case 'conflict':
      return refuse(conflicting(signs));
    case 'server-error':
      return refuse(serverError(signs, effect.status ?? 500));
  }

  function refuse(error: AwsError): true {
    const { status, headers, body } = awsError(signs, error);
    request.resume();
    response.writeHead(status, headers).end(body);
    return true;
  }
}

/** Resets the connection (a TCP RST, which clients report as ECONNRESET) without an answer. */
export function hangUp(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Whether the fault of a recorded call is one after which there is no answer. */
export function leavesWithoutAnswer(fault: string | undefined): boolean {
  return fault !== undefined && WITHOUT_ANSWER.has(fault.slice(fault.lastIndexOf('+') + 1));
}

/** Waits; resolves to false, at once, when the caller goes away first. */
function pause(milliseconds: number, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off('close', gone);
      resolve(true);
    }, milliseconds);
    response.once('close', gone);
  });
}
