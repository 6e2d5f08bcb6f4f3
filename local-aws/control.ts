import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Gateway } from './gateway.ts';

/** Where the gateway answers for itself. No S3 bucket can have this name: names start with a letter or digit. */
export const CONTROL_PREFIX = '/_headgate/';

/** What `GET /_headgate/status` answers. */
export interface GatewayStatus {
  endpoint: string;
  pid: number;
  /** ISO 8601. */
  started: string;
  /** How many recorded calls are held. */
  calls: number;
  resourceSeconds: number;
  emulators: { name: string; version: string; pid: number; running: boolean }[];
}

/** Answers `/_headgate/status`, `calls`, `pace`, `reset` and `stop`. */
export async function answerControl(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const what = `${request.method} ${url.pathname.slice(CONTROL_PREFIX.length)}`;
  switch (what) {
    case 'GET status':
      return json(response, 200, await status(gateway));
    case 'GET calls': {
      const since = Number(url.searchParams.get('since') ?? 0);
      if (!Number.isInteger(since) || since < 0) {
        return json(response, 400, { message: "'since' is the number of a call: 0 or a positive integer." });
      }
      return json(response, 200, gateway.calls.since(since));
    }
    case 'DELETE calls':
      gateway.calls.clear();
      return json(response, 200, {});
    case 'POST pace': {
      const seconds = readSeconds(await text(request));
      if (seconds === undefined) {
        return json(response, 400, { message: 'Send {"resourceSeconds": <seconds from 0 to 3600>}.' });
      }
      await gateway.setPace(seconds);
      return json(response, 200, { resourceSeconds: seconds });
    }
    case 'POST reset':
      await gateway.reset();
      return json(response, 200, {});
    case 'POST stop':
      response.once('finish', () => void gateway.stop());
      return json(response, 200, {});
    default:
      return json(response, 404, {
        message: `The local AWS has no ${what}. There are: GET status, GET and DELETE calls, POST pace, reset and stop.`,
      });
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
    emulators: children.map(({ backend, version, pid, running }) => ({
      name: backend,
      version,
      pid,
      running: running(),
    })),
  };
}

function readSeconds(body: string): number | undefined {
  try {
    const sent: unknown = JSON.parse(body);
    if (typeof sent !== 'object' || sent === null || !('resourceSeconds' in sent)) return undefined;
    const seconds = sent.resourceSeconds;
    return typeof seconds === 'number' && seconds >= 0 && seconds <= 3600 ? seconds : undefined;
  } catch {
    return undefined;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
