import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from './gateway.ts';
import { BadRequest } from './local-aws-error.ts';
import { peek } from './peek.ts';
import { Problems } from './problems.ts';
import { readResourceFailure } from './resource-failure.ts';
import { readStackStatus } from './stack-status.ts';

/** Where the gateway answers for itself. No S3 bucket can have this name: names start with a letter or digit. */
export const CONTROL_PREFIX = '/_headgate/';

const LARGEST_BODY = 1024 * 1024;

/** What `GET /_headgate/status` answers. */
export interface GatewayStatus {
  endpoint: string;
  pid: number;
  /** ISO 8601. */
  started: string;
  /** How many recorded calls are held. */
  calls: number;
  resourceSeconds: number;
  /** How many fault rules are in force. */
  faults: number;
  emulators: { name: string; version: string; pid: number; running: boolean }[];
}

/** What there is besides the AWS API, by method and name. Each gives the body of its answer. */
const CONTROLS: Record<string, (gateway: Gateway, sent: Sent) => unknown> = {
  'GET status': status,
  'GET calls': (gateway, { query }) => gateway.calls.since(readSince(query)),
  'DELETE calls': (gateway) => gateway.calls.clear(),
  'POST pace': async (gateway, { json }) => {
    const { resourceSeconds, stackName } = readPace(await json());
    await gateway.setPace(resourceSeconds, stackName);
    return { resourceSeconds, ...(stackName !== undefined && { stackName }) };
  },
  'GET faults': faults,
  'PUT faults': async (gateway, { json }) => {
    // The plan checks what it is given.
    gateway.faults.set((await json()) as { rules: [] });
    return faults(gateway);
  },
  'DELETE faults': (gateway) => gateway.faults.clear(),
  'PUT stack-status': async (gateway, { json }) => gateway.setStackStatus(readStackStatus(await json())),
  'POST resource-failures': async (gateway, { json }) => gateway.failResource(readResourceFailure(await json())),
  'DELETE resource-failures': (gateway) => gateway.clearResourceFailures(),
  'POST reset': (gateway) => gateway.reset(),
  'POST stop': (gateway, { afterwards }) => afterwards(() => void gateway.stop()),
};

/** What a control request holds. */
interface Sent {
  query: URLSearchParams;
  /** The body. */
  json: () => Promise<unknown>;
  /** Does something when the answer is out. */
  afterwards: (action: () => void) => void;
}

/** Answers `/_headgate/status` and the like: 400 to what is wrong, 404 to what there is not. */
export async function answerControl(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const what = `${request.method} ${url.pathname.slice(CONTROL_PREFIX.length)}`;
  const control = Object.hasOwn(CONTROLS, what) ? CONTROLS[what] : undefined;
  if (!control) {
    const message = `The local AWS has no ${what}. There are: ${Object.keys(CONTROLS).join(', ')}.`;
    return reply(response, 404, { message });
  }
  try {
    const body = await control(gateway, {
      query: url.searchParams,
      json: () => readJson(request),
      afterwards: (action) => {
        response.once('finish', action);
      },
    });
    reply(response, 200, body);
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    reply(response, 400, { message: error.message });
  }
}

async function status(gateway: Gateway): Promise<GatewayStatus> {
  const children = await gateway.children();
  return {
    endpoint: gateway.endpoint,
    pid: process.pid,
    started: gateway.started.toISOString(),
    calls: gateway.calls.count,
    resourceSeconds: gateway.resourceSeconds,
    faults: gateway.faults.rules.length,
    emulators: children.map(({ backend, version, pid, running }) => ({
      name: backend,
      version,
      pid,
      running: running(),
    })),
  };
}

function faults({ faults: { seed, rules } }: Gateway) {
  return { seed, rules };
}

function readSince(query: URLSearchParams): number {
  const since = Number(query.get('since') ?? 0);
  if (Number.isInteger(since) && since >= 0) return since;
  throw new BadRequest("'since' is the number of a call: 0 or a positive integer.");
}

function readPace(sent: unknown): { resourceSeconds: number; stackName?: string } {
  const problems = new Problems('pace');
  const pace = problems.object(sent, '', ['resourceSeconds', 'stackName']);
  const resourceSeconds = problems.number(pace.resourceSeconds, 'resourceSeconds', 0, 3600, true) ?? 0;
  const stackName = problems.text(pace.stackName, 'stackName');
  problems.throwIfAny(BadRequest);
  return { resourceSeconds, ...(stackName !== undefined && { stackName }) };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const { head } = await peek(request, LARGEST_BODY + 1);
  if (head.length > LARGEST_BODY) throw new BadRequest(`The body is larger than ${LARGEST_BODY} bytes.`);
  try {
    return JSON.parse(head.toString('utf8'));
  } catch (error) {
    throw new BadRequest(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function reply(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body ?? {})}\n`);
}
