import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { main } from '../../../actions/main.ts';
import { startTestAws, type TestAws } from '../../support/stack-context.ts';

/** What one run of an operation came to. */
export interface Run {
  readonly code: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Everything that was printed, the report too. */
  readonly log: string;
  /** `service operation` of every call, in order. */
  readonly calls: readonly string[];
}

/** A folder with templates and a local AWS behind it. Operations run in this process, from the sources. */
export interface Workplace {
  readonly aws: TestAws;
  readonly directory: string;
  write(files: Readonly<Record<string, string>>): void;
  /** Runs an operation for the repository of these tests. */
  run(operation: string, inputs?: Readonly<Record<string, string>>): Promise<Run>;
  /** A client that looks from outside. */
  look(region?: string, account?: string): CloudFormation;
  stop(): Promise<void>;
}

export const REPOSITORY = 'github.com/octo-org/shop';

class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Starts a local AWS and makes an empty folder. */
export async function openWorkplace(): Promise<Workplace> {
  const aws = await startTestAws();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-stack-'));
  const { PATH = '', HOME = '' } = process.env;
  const clients: CloudFormation[] = [];
  return {
    aws,
    directory,
    write: (files) => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
        writeFileSync(path.join(directory, name), content);
      }
    },
    run: async (operation, inputs = {}) => {
      const stdout = new Kept();
      const stderr = new Kept();
      // 'stack bootstrap' is for no repository.
      const whose = operation === 'stack bootstrap' ? {} : { repository: REPOSITORY };
      const given = Object.entries({ ...whose, ...inputs }).map(([name, value]) => `--${name}=${value}`);
      const before = aws.local.calls().at(-1)?.n ?? 0;
      const code = await main({
        arguments: [...operation.split(' '), ...given, '--json'],
        environment: { PATH, HOME, GIT_CEILING_DIRECTORIES: path.dirname(directory) },
        cwd: directory,
        stdout,
        stderr,
      });
      const line = stdout.text.split('\n').find((text) => text.startsWith('{"outputs"')) ?? '{"outputs":{}}';
      return {
        code,
        outputs: (JSON.parse(line) as { outputs: Record<string, string> }).outputs,
        log: `${stdout.text}\n${stderr.text}`,
        calls: aws.local.calls(before).map(({ service, operation: name }) => `${service} ${name}`),
      };
    },
    look: (region = 'us-east-1', account = '000000000000') => {
      const client = new CloudFormation({
        endpoint: aws.local.endpoint,
        region,
        credentials: { accessKeyId: account, secretAccessKey: 'local' },
      });
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.destroy();
      rmSync(directory, { recursive: true, force: true });
      await aws.stop();
    },
  };
}

/** The status of a stack; undefined when there is none. */
export async function statusIn(client: CloudFormation, name: string): Promise<string | undefined> {
  const { Stacks: stacks = [] } = await client.describeStacks({});
  return stacks.find(({ StackName }) => StackName === name)?.StackStatus;
}

/** The tags of a stack, as a map. */
export async function tagsIn(client: CloudFormation, name: string): Promise<Record<string, string>> {
  const { Stacks: [stack] = [] } = await client.describeStacks({ StackName: name });
  return Object.fromEntries((stack?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/**
 * Keeps the parameters of every CloudFormation call that goes through it to the local AWS, and may change an answer:
 * what the local AWS accepts without heeding it is seen here, and what it never says can be said.
 */
export async function recordRequests(
  endpoint: string,
  answer: (sent: URLSearchParams, body: string) => string | Promise<string> = (_, body) => body,
) {
  const requests: URLSearchParams[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const parameters = new URLSearchParams(sent.toString());
    requests.push(parameters);
    const { host: _, ...headers } = incoming.headers;
    const passed = httpRequest(`${endpoint}${incoming.url}`, { method: incoming.method, headers }, async (reply) => {
      const parts: Buffer[] = [];
      for await (const part of reply) parts.push(part as Buffer);
      const body = await answer(parameters, Buffer.concat(parts).toString());
      outgoing.writeHead(reply.statusCode ?? 500, { 'content-type': reply.headers['content-type'] ?? 'text/xml' });
      outgoing.end(body);
    });
    passed.end(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL_CLOUDFORMATION = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** The parameters of all calls of one action, in order. */
    of: (action: string) => requests.filter((parameters) => parameters.get('Action') === action),
    stop: async () => {
      delete process.env.AWS_ENDPOINT_URL_CLOUDFORMATION;
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
