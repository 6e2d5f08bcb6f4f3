import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as ask, createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import verify from '../../../actions/multi-arch-image/verify.ts';
import type { ExitCode } from '../../../lib/errors.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { jumpingClock } from '../../support/test-clock.ts';

/** A finding as the result file has it. */
export interface Row {
  readonly subject: string;
  readonly check: string;
  readonly status: string;
  readonly found: string;
}

/** What one run of `verify` left. */
export interface Verified {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  /** Messages of the failure. */
  readonly message: string;
  readonly warnings: readonly string[];
  readonly report: string;
  readonly rows: readonly Row[];
  /** `subject: found` of the problems. */
  readonly problems: readonly string[];
  readonly bytesRead: number;
  readonly referrers: readonly Row[];
  readonly images: readonly { platform: string; program: string | null }[];
  readonly summary: string | undefined;
}

const BY_HAND: Surroundings = { event: { kind: 'manual' } };

/** Runs `multi-arch-image verify` as a door does, with `tags: 1.0` unless it is given. */
export async function runVerify(
  inputs: Readonly<Record<string, string>>,
  options: { readonly workspace?: string; readonly surroundings?: Surroundings; readonly signal?: AbortSignal } = {},
): Promise<Verified> {
  const kept = memoryHost({ surroundings: options.surroundings ?? BY_HAND });
  const host = { ...kept, workspace: options.workspace ?? kept.workspace };
  const all: Readonly<Record<string, string>> = { tags: '1.0', ...inputs };
  try {
    const exitCode = await runOperation({
      operation: verify,
      host,
      raw: (name) => all[name],
      version: '0.0.0',
      clock: jumpingClock(),
      randomHex: (bytes) => 'ab'.repeat(bytes),
      signal: options.signal ?? new AbortController().signal,
    });
    const file = exitCode === 2 ? {} : readResult(host.workspace);
    const facts = file.data ?? file.result ?? {};
    const rows: readonly Row[] = facts.findings ?? [];
    return {
      exitCode,
      outputs: host.outputs,
      message: messages(host.annotations, 'error').join('\n'),
      warnings: messages(host.annotations, 'warning'),
      report: host.summaries.join('\n'),
      rows,
      problems: rows.filter(({ status }) => status === 'problem').map(({ subject, found }) => `${subject}: ${found}`),
      bytesRead: facts.bytesRead ?? Number.NaN,
      referrers: facts.referrers ?? [],
      images: facts.images ?? [],
      summary: file.summary,
    };
  } finally {
    kept.remove();
  }
}

function messages(annotations: ReturnType<typeof memoryHost>['annotations'], wanted: 'error' | 'warning'): string[] {
  return annotations.filter(({ level }) => level === wanted).map(({ message }) => message);
}

function readResult(workspace: string) {
  const file = path.join(workspace, '.headgate', 'results', 'multi-arch-image-verify.json');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** A folder for one test. */
export function makeWorkspace(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-verify-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An answer of the registry on its way to the client. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Closes the connection after this many bytes of the body. */
  cutAfter?: number;
}

/** A registry that answers as `change` wants it, in front of a real one. */
export interface LyingRegistry {
  readonly host: string;
  change: (request: { readonly method: string; readonly path: string }, answer: Answer) => void;
  stop(): Promise<void>;
}

export async function startLyingRegistry(registry: string): Promise<LyingRegistry> {
  const lying: { change: LyingRegistry['change'] } = { change: () => {} };
  const server = createServer((incoming, outgoing) => {
    const [hostname, port] = registry.split(':');
    const { method = '', url = '', headers } = incoming;
    const onward = ask({ hostname, port, method, path: url, headers }, (answered) => {
      const chunks: Buffer[] = [];
      answered.on('data', (chunk: Buffer) => chunks.push(chunk));
      answered.on('end', () => {
        const answer: Answer = {
          status: answered.statusCode ?? 502,
          headers: { ...answered.headers },
          body: Buffer.concat(chunks),
        };
        lying.change({ method, path: url }, answer);
        outgoing.writeHead(answer.status, answer.headers);
        if (answer.cutAfter === undefined) outgoing.end(method === 'HEAD' ? undefined : answer.body);
        else {
          outgoing.flushHeaders();
          outgoing.write(answer.body.subarray(0, answer.cutAfter), () => incoming.socket.destroy());
        }
      });
    });
    onward.once('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(lying, {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** Counts what comes from a registry over the wire, read-ahead and all. */
export async function startMeter(registry: string): Promise<{ host: string; bytes(): number; stop(): Promise<void> }> {
  let bytes = 0;
  const server = createTcpServer((client) => {
    const [host, port] = registry.split(':');
    const upstream = connect({ host: host ?? '', port: Number(port) });
    upstream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    upstream.pipe(client).pipe(upstream);
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
