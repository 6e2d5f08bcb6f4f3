import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server before a real registry that passes all on, except where a fault is set. */
export interface MisbehavingRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** `GET /v2/…` of each request, in order. */
  readonly requests: readonly string[];
  /** Headers of each request, in order. */
  readonly headers: readonly IncomingMessage['headers'][];
  /** Lets a fault happen to the next requests that fit, and then no more. */
  fault(fits: string | RegExp, act: Fault, times?: number): void;
  close(): Promise<void>;
}

/** What happens in place of passing on. */
export type Fault = (incoming: IncomingMessage, response: ServerResponse, onward: Onward) => void | Promise<void>;

/** Passes a request on to the real registry, with another body when one is given. */
export type Onward = (body?: Buffer) => Promise<IncomingMessage>;

/** @param target `127.0.0.1:<port>` of the real registry */
export async function startMisbehavingRegistry(target: string): Promise<MisbehavingRegistry> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const faults: { fits: string | RegExp; act: Fault; left: number }[] = [];
  const [hostname, port] = target.split(':');

  const server = createServer(async (incoming, response) => {
    const line = `${incoming.method} ${incoming.url}`;
    requests.push(line);
    headers.push(incoming.headers);
    const onward: Onward = (body) =>
      new Promise((resolve, reject) => {
        const { method = 'GET', url = '/' } = incoming;
        const sent = { ...incoming.headers, ...(body === undefined ? {} : { 'content-length': `${body.length}` }) };
        // The name of this server goes along, so that the addresses that the registry gives lead here again.
        const passed = request({ hostname, port, method, path: url, headers: sent }, resolve).on('error', reject);
        if (body === undefined) incoming.pipe(passed);
        else passed.end(body);
      });
    try {
      const fault = faults.find(({ fits, left }) => left > 0 && line.match(fits) !== null);
      if (fault !== undefined) {
        fault.left -= 1;
        await fault.act(incoming, response, onward);
        return;
      }
      passBack(await onward(), response);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    headers,
    fault: (fits, act, times = 1) => {
      faults.push({ fits, act, left: times });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(response);
}

/** The connection ends without an answer. */
export const reset: Fault = (incoming) => {
  incoming.socket.destroy();
};

/** An answer of the test's choice. */
export function answer(status: number, body: string | object = '', headers: Record<string, string> = {}): Fault {
  const isJson = typeof body === 'object';
  return (incoming, response) => {
    incoming.resume();
    response
      .writeHead(status, { ...(isJson ? { 'Content-Type': 'application/json' } : {}), ...headers })
      .end(isJson ? JSON.stringify(body) : body);
  };
}

/** An answer in the form of the distribution specification. */
export function refusal(status: number, code: string, message = ''): Fault {
  return answer(status, { errors: [{ code, message }] });
}

/** The registry's own answer, cut after so many bytes of its body. */
export function cutAfter(bytes: number): Fault {
  return async (_incoming, response, onward) => {
    const real = await onward();
    response.writeHead(real.statusCode ?? 500, real.headers);
    let left = bytes;
    for await (const chunk of real as AsyncIterable<Buffer>) {
      response.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
    // What was written shall arrive before the end does.
    response.write('', () => response.destroy());
  };
}

/** The registry's own answer with other headers or another body. */
export function altered(change: {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: (body: Buffer) => Buffer;
}): Fault {
  return async (_incoming, response, onward) => {
    const real = await onward();
    const body = Buffer.concat(await real.toArray());
    const changed = change.body?.(body) ?? body;
    const headers = { ...real.headers, 'content-length': `${changed.length}`, ...change.headers };
    const kept = Object.entries(headers).filter(([, value]) => value !== undefined);
    response.writeHead(real.statusCode ?? 500, Object.fromEntries(kept)).end(changed);
  };
}

/**
 * The connection ends after so many bytes of an upload. The registry has them, and says so when it is asked at the old
 * address, as the specification wants it.
 */
export function breakUploadAfter(bytes: number, registry: MisbehavingRegistry): Fault {
  return async (incoming, _response, onward) => {
    const path = incoming.url?.split('?')[0] ?? '';
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= bytes) break;
    }
    const stored = await onward(Buffer.concat(chunks).subarray(0, bytes));
    stored.resume();
    const { location = '', range = '' } = stored.headers;
    registry.fault(`GET ${path}`, answer(204, '', { Location: location, Range: range }));
    incoming.socket.destroy();
  };
}
