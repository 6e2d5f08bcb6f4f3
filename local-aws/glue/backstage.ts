import { request as httpRequest } from 'node:http';
import { type Child, TOKEN_HEADER } from '../children.ts';
import { notFound } from './error.ts';
import { type ObjectAddress, readAddress } from './job-arguments.ts';
import type { Owner } from './run.ts';

interface Question {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** What a run asks ministack for on behalf of Glue, in the account and Region of the run. These calls are not recorded. */
export class Backstage {
  readonly #ministack: () => Promise<Child>;

  constructor(ministack: () => Promise<Child>) {
    this.#ministack = ministack;
  }

  /** The answer to GetJob. @throws GlueError EntityNotFoundException */
  async job(owner: Owner, name: string): Promise<unknown> {
    const { status, body } = await this.#json(owner, 'glue', 'AWSGlue.GetJob', { JobName: name });
    if (status !== 200) throw notFound(`Job ${name} is not there.`);
    return JSON.parse(body.toString('utf8'));
  }

  /** The content of an object. @throws Error that names it */
  async object(owner: Owner, address: string): Promise<{ content: Buffer; at: ObjectAddress }> {
    const at = readAddress(address);
    const path = `/${[at.bucket, ...at.key.split('/')].map(encodeURIComponent).join('/')}`;
    const { status, body } = await this.#ask(owner, { service: 's3', method: 'GET', path });
    if (status === 200) return { content: body, at };
    const code = /<Code>(\w+)<\/Code>/.exec(body.toString('utf8'))?.[1] ?? `status ${status}`;
    throw new Error(`Could not read ${address}: ${code}`);
  }

  /** Temporary credentials of a role, as variables for a process. @throws Error with the words of the service */
  async credentials(owner: Owner, role: string): Promise<Readonly<Record<string, string>>> {
    const arn = role.startsWith('arn:') ? role : `arn:aws:iam::${owner.account}:role/${role}`;
    const form = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: arn, RoleSessionName: 'GlueJobRunnerSession' };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    const answer = await this.#ask(owner, { service: 'sts', method: 'POST', path: '/', headers, body });
    const said = answer.body.toString('utf8');
    const read = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(said)?.[1];
    const [id, secret, token] = [read('AccessKeyId'), read('SecretAccessKey'), read('SessionToken')];
    if (answer.status !== 200 || !id || !secret || !token) {
      throw new Error(`Could not assume the role ${arn}: ${read('Message') ?? `status ${answer.status}`}`);
    }
    return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token };
  }

  /** Writes lines into a stream of a log group, both of which are made where they are not there. */
  async writeLog(owner: Owner, group: string, stream: string, lines: readonly string[]): Promise<void> {
    const call = (operation: string, body: Readonly<Record<string, unknown>>) =>
      this.#json(owner, 'logs', `Logs_20140328.${operation}`, { logGroupName: group, ...body });
    await call('CreateLogGroup', {});
    await call('CreateLogStream', { logStreamName: stream });
    const timestamp = Date.now();
    const logEvents = lines.map((message) => ({ timestamp, message }));
    if (logEvents.length > 0) await call('PutLogEvents', { logStreamName: stream, logEvents });
  }

  #json(owner: Owner, service: string, target: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    return this.#ask(owner, { service, method: 'POST', path: '/', headers, body: JSON.stringify(body) });
  }

  async #ask({ account, region }: Owner, { service, method, path, headers, body }: Question): Promise<Answer> {
    const { port, token } = await this.#ministack();
    const scope = `${account}/20260101/${region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
    return await new Promise((resolve, reject) => {
      const all = { ...headers, [TOKEN_HEADER]: token, authorization };
      const asked = httpRequest({ host: '127.0.0.1', port, method, path, headers: all }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => resolve({ status: answer.statusCode ?? 502, body: Buffer.concat(chunks) }));
      });
      asked.once('error', reject).end(body);
    });
  }
}
