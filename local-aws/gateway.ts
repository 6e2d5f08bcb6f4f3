import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Call, CallLog } from './calls.ts';
import { type Child, startChild, TOKEN_HEADER } from './children.ts';
import { CodeArtifact } from './codeartifact/codeartifact.ts';
import { nameApiCall } from './codeartifact/operation-table.ts';
import { send } from './codeartifact/reply.ts';
import { PACKAGES_PREFIX } from './codeartifact/target.ts';
import { answerControl, CONTROL_PREFIX } from './control.ts';
import { FaultPlan } from './fault-plan.ts';
import { Glue, isGlueRunCall } from './glue/glue.ts';
import { hangUp, inject, leavesWithoutAnswer } from './inject.ts';
import { LocalAwsError } from './local-aws-error.ts';
import { notImplemented } from './not-implemented.ts';
import { nameOperation, needsBody, unsignedService } from './operations.ts';
import { refusal } from './origin.ts';
import { REGISTRY_HEADER, Upstream } from './pass-on.ts';
import { peek } from './peek.ts';
import { Redshift } from './redshift/redshift.ts';
import { isRedshift, type RedshiftService } from './redshift/services.ts';
import { LAYER_PREFIX } from './registry-target.ts';
import { type ResourceFailure, readResourceFailure } from './resource-failure.ts';
import { type Backend, routeOf } from './routes.ts';
import { readStackStatus, type StackStatusSetting } from './stack-status.ts';
import { FUNCTION_URL_PREFIX, readTarget, type Target } from './target.ts';

/** The only address that the gateway listens on: it runs uploaded code for whoever can reach it. */
export const HOST = '127.0.0.1';
/** The account of keys that belong to no other one. */
export const DEFAULT_ACCOUNT = '000000000000';

/** Form bodies carry at most a template of 51,200 bytes; this leaves room for its encoding and the parameters. */
const PEEK_LIMIT = 2 * 1024 * 1024;

/** Addresses among the gateway's own that belong to AWS services. */
const AWS_PREFIXES = [FUNCTION_URL_PREFIX, PACKAGES_PREFIX];

/**
 * Sees each call before it is passed on and may answer it instead, for what a fault rule cannot say.
 * Resolves to true when it has answered.
 */
export type Interceptor = (
  call: Readonly<Call>,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<boolean>;

export interface GatewayOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Gets a line before something is installed and when something goes wrong. */
  say?: (line: string) => void;
  interceptors?: readonly Interceptor[];
  /** Seconds that each resource of a stack takes; 0 as fast as it goes. */
  resourceSeconds?: number;
  /** How many seconds a minute of the time-out of a Glue job lasts; 60 where it is not said. */
  glueMinuteSeconds?: number;
}

/** One HTTP server that speaks to every AWS client, records the calls and passes them on to the emulators. */
export class Gateway {
  readonly calls = new CallLog();
  /** What goes wrong with the calls. */
  readonly faults = new FaultPlan();
  readonly started = new Date();
  /** Ends when the gateway has stopped. */
  readonly stopped: Promise<void>;
  readonly #server: Server;
  readonly #children = new Map<Backend, Promise<Child>>();
  readonly #upstream = new Upstream();
  readonly #codeArtifact = new CodeArtifact();
  readonly #redshift: Redshift;
  readonly #glue: Glue;
  readonly #interceptors: readonly Interceptor[];
  readonly #say: (line: string) => void;
  readonly #accounts = new Map<string, string>();
  #resourceSeconds: number;
  #stopping: Promise<void> | undefined;
  #hasStopped: () => void = () => {};

  private constructor(options: GatewayOptions) {
    this.#interceptors = options.interceptors ?? [];
    this.#say = options.say ?? (() => {});
    this.#redshift = new Redshift(this.#say);
    this.#glue = new Glue({
      ministack: () => this.child('ministack'),
      endpoint: () => this.endpoint,
      say: this.#say,
      minuteSeconds: options.glueMinuteSeconds,
    });
    this.#resourceSeconds = options.resourceSeconds ?? 0;
    this.#server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 75_000, requestTimeout: 0 });
    this.#server.on('request', (request, response) => {
      this.#answer(request, response).catch((error) => this.#fail(response, error));
    });
    this.stopped = new Promise((resolve) => {
      this.#hasStopped = resolve;
    });
  }

  /**
   * Starts the gateway and ministack. moto follows at the first request for it.
   *
   * @throws LocalAwsError when the port is taken, or ministack cannot be installed or started
   */
  static async start(options: GatewayOptions = {}): Promise<Gateway> {
    const gateway = new Gateway(options);
    await gateway.#listen(options.port ?? 0);
    try {
      const child = await gateway.child('ministack');
      if (gateway.#resourceSeconds > 0) await gateway.setPace(gateway.#resourceSeconds);
      // The socket listens before the program behind it is ready; the first answer says that it is.
      await gateway.#upstream.ask(child, 'GET', '/_ministack/health');
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get endpoint(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** The emulator of that name, started when it is not running. */
  child(backend: Backend): Promise<Child> {
    const known = this.#children.get(backend);
    if (known) return known;
    if (this.#stopping) return Promise.reject(new LocalAwsError('The local AWS is stopping.'));
    const starting = startChild(backend, this.port, this.#say);
    this.#children.set(backend, starting);
    starting.catch(() => this.#children.delete(backend));
    return starting;
  }

  /** The emulators that were started so far. */
  async children(): Promise<Child[]> {
    const settled = await Promise.allSettled(this.#children.values());
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  /**
   * Sets how many seconds creating, updating or deleting one resource of a stack takes.
   *
   * @param stackName sets it for the stacks of that name only, in every Region and account
   */
  async setPace(resourceSeconds: number, stackName?: string): Promise<void> {
    if (stackName !== undefined) return this.#tell({ stackPace: { stackName, resourceSeconds } });
    this.#resourceSeconds = resourceSeconds;
    await this.#tell({ resourceSeconds });
  }

  /** Shows a stack in a status that ministack by itself would not reach. */
  async setStackStatus(setting: StackStatusSetting): Promise<void> {
    await this.#tell({ stackStatus: { account: DEFAULT_ACCOUNT, ...readStackStatus(setting) } });
  }

  /** Makes creating, updating or deleting a resource of a stack fail. */
  async failResource(failure: ResourceFailure): Promise<void> {
    await this.#tell({ resourceFailure: readResourceFailure(failure) });
  }

  /** Sets how many seconds the logins last that ECR gives from now on; below 0 they have ended already. */
  async setEcrTokenSeconds(seconds: number): Promise<void> {
    await this.#tell({ ecrTokenSeconds: seconds });
  }

  /** Sets how many seconds the tokens last that CodeArtifact gives from now on; below 0 they have ended already. */
  setCodeArtifactTokenSeconds(seconds: number): void {
    this.#codeArtifact.tokens.setSeconds(seconds);
  }

  /** Ends all tokens that CodeArtifact has given so far. */
  endCodeArtifactTokens(): void {
    this.#codeArtifact.tokens.end();
  }

  /** Ends all sessions of the Redshift Data API, as a restart of the warehouse does. */
  async endRedshiftSessions(): Promise<void> {
    await this.#redshift.endSessions();
  }

  /** Takes back all of `failResource`. */
  async clearResourceFailures(): Promise<void> {
    await this.#tell({ resourceFailure: null });
  }

  async #tell(setting: Record<string, unknown>): Promise<void> {
    const child = await this.child('ministack');
    await child.tell(setting);
  }

  get resourceSeconds(): number {
    return this.#resourceSeconds;
  }

  /** Removes everything that was made in the emulators, the recorded calls, the pace and all faults. */
  async reset(): Promise<void> {
    this.faults.clear();
    this.#resourceSeconds = 0;
    await this.#glue.clear();
    await this.#tell({ forget: true });
    for (const child of await this.children()) {
      await this.#upstream.ask(child, 'POST', child.backend === 'moto' ? '/moto-api/reset' : '/_ministack/reset');
    }
    this.#codeArtifact.clear();
    await this.#redshift.clear();
    this.#accounts.clear();
    this.calls.clear();
  }

  /** Ends the emulators and closes the port. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#glue.clear();
    const children = await this.children();
    await Promise.all(children.map((child) => child.stop()));
    this.#server.closeAllConnections();
    this.#upstream.close();
    await closed;
    this.#codeArtifact.clear();
    await this.#redshift.clear();
    this.#hasStopped();
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        const what = taken
          ? `Port ${port} of ${HOST} is taken by another program.`
          : `Could not listen: ${error.message}.`;
        reject(new LocalAwsError(`${what} Choose another port, or 0 for a free one.`));
      });
      this.#server.listen({ host: HOST, port, exclusive: true }, resolve);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusal(request.headers);
    if (refused) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(`${refused}\n`);
      return;
    }
    const url = request.url ?? '/';
    if (request.headers[TOKEN_HEADER] !== undefined) {
      await this.#answerServiceCall(request, response);
    } else if (url.startsWith(LAYER_PREFIX)) {
      // ECR's layers lie in a bucket of its own, behind signed addresses; reading them is no call of the caller.
      const headers = { [REGISTRY_HEADER]: '' };
      await this.#upstream.pass(await this.child('ministack'), { request, path: url, headers }, response);
    } else if (url.startsWith(CONTROL_PREFIX) && !AWS_PREFIXES.some((prefix) => url.startsWith(prefix))) {
      await answerControl(this, request, response);
    } else if (url.startsWith('/_ministack/')) {
      // Emulated functions and custom resources report to the emulator by this way; it is no AWS call.
      await this.#upstream.pass(await this.child('ministack'), { request, path: url }, response);
    } else {
      await this.#answerAwsCall(request, response);
    }
  }

  async #answerAwsCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = readTarget(request);
    const { method = 'GET', headers } = request;
    const isNamedByBody = target.registry === undefined && needsBody({ method, headers, ...target });
    const peeked = isNamedByBody ? await peek(request, PEEK_LIMIT) : undefined;
    if (target.service === undefined) {
      const action = new URLSearchParams(peeked?.head.toString('latin1')).get('Action');
      target.service = unsignedService(headers, target.path, action);
    }
    const { service } = target;
    const call = this.#record(request, response, { ...target, service }, peeked?.head);
    // Decided before anything is waited for, so that faults follow the numbers of the calls.
    const drawn = this.faults.draw(call);
    if (drawn) {
      call.fault = drawn.name;
      if (await inject(drawn, request, response, { ...target, service })) return;
    }
    const answerIsLost = drawn?.effect?.fault === 'reset-after';
    for (const intercept of this.#interceptors) {
      if (await intercept(call, request, response)) return;
    }
    if (service === 'codeartifact') {
      await this.#answerCodeArtifact(call, request, response, { target, answerIsLost });
      return;
    }
    if (isRedshift(service)) {
      await this.#answerRedshift(call, request, response, { target, service, answerIsLost });
      return;
    }
    if (isGlueRunCall(service, call.operation)) {
      await this.#answerGlue(call, request, response, { target, answerIsLost });
      return;
    }
    const backend = routeOf(service);
    if (!backend) {
      if (answerIsLost) return hangUp(response);
      const { status, headers: named, body } = notImplemented(request, target, service);
      request.resume();
      response.writeHead(status, named).end(body);
      return;
    }
    const child = await this.child(backend);
    if (!child.running()) throw new LocalAwsError(`${backend} has ended. Start the local AWS again.`);
    const added: Record<string, string> = {};
    if (target.host !== undefined) added.host = target.host;
    if (target.registry !== undefined) {
      added.host = target.registry.host;
      added[REGISTRY_HEADER] = target.registry.prefix;
    }
    if (backend === 'moto') {
      call.account = await this.#accountOf(target.accessKeyId);
      added['x-moto-account-id'] = call.account;
    }
    const passed = { request, path: target.url, headers: added, ...(peeked && { body: peeked.body }) };
    await this.#upstream.pass(child, passed, response, ({ status, account, contentType }) => {
      call.status = status;
      if (account) call.account = account;
      // S3 tells only a caller who may list the bucket that a key is missing; to others it is 403 (HeadObject, "Permissions").
      if (status === 404 && /^(Head|Get)Object$/.test(call.operation)) {
        call.alsoNeeds = [...(call.alsoNeeds ?? []), 's3:ListBucket'];
      }
      if (answerIsLost) return 'hang-up';
      // moto answers an operation that it does not have with a page of HTML, on which clients fail with a syntax error.
      const unknown = backend === 'moto' && status >= 404 && contentType.startsWith('text/html');
      return unknown ? notImplemented(request, target, service, call.operation) : undefined;
    });
  }

  /**
   * Answers a call that CloudFormation makes inside ministack for a resource of a stack. It is no call of a user: it is not
   * recorded, and no fault meets it.
   */
  async #answerServiceCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { service, path, query, region, accessKeyId } = readTarget(request);
    const method = request.method ?? 'GET';
    const { token } = await this.child('ministack');
    const isOurs = service !== undefined && (service === 'codeartifact' || isRedshift(service));
    if (request.headers[TOKEN_HEADER] !== token || !isOurs) {
      request.resume();
      response.writeHead(403, { 'content-type': 'text/plain' }).end('This header belongs to the local AWS itself.\n');
      return;
    }
    if (isRedshift(service)) {
      const { operation } = nameOperation({ method, path, query, headers: request.headers, service });
      const asked = { request, service, operation, region, account: accessKeyId };
      const { status, headers, body } = await this.#redshift.answer(asked);
      request.resume();
      response.writeHead(status, headers).end(body);
      return;
    }
    const { reply } = await this.#codeArtifact.answer({
      request,
      operation: nameApiCall(method, path, query)?.operation ?? `${method} ${path}`,
      query,
      region,
      endpoint: this.endpoint,
      byService: true,
      account: async () => accessKeyId,
    });
    request.resume();
    await send(reply, method, response);
  }

  async #answerCodeArtifact(
    call: Call,
    request: IncomingMessage,
    response: ServerResponse,
    { target, answerIsLost }: { target: Target; answerIsLost: boolean },
  ): Promise<void> {
    const { query, region, packages, accessKeyId } = target;
    const { reply, account } = await this.#codeArtifact.answer({
      request,
      operation: call.operation,
      query,
      region,
      endpoint: this.endpoint,
      packages,
      account: () => this.#accountOf(accessKeyId),
    });
    if (account !== undefined) call.account = account;
    request.resume();
    if (answerIsLost) hangUp(response);
    else await send(reply, request.method ?? 'GET', response);
  }

  async #answerRedshift(
    call: Call,
    request: IncomingMessage,
    response: ServerResponse,
    { target, service, answerIsLost }: { target: Target; service: RedshiftService; answerIsLost: boolean },
  ): Promise<void> {
    const { region, accessKeyId } = target;
    call.account = await this.#accountOf(accessKeyId);
    const { operation, account } = call;
    const answer = await this.#redshift.answer({ request, service, operation, region, account });
    if (answer.alsoNeeds.length > 0) call.alsoNeeds = [...answer.alsoNeeds];
    request.resume();
    if (answerIsLost) hangUp(response);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async #answerGlue(
    call: Call,
    request: IncomingMessage,
    response: ServerResponse,
    { target, answerIsLost }: { target: Target; answerIsLost: boolean },
  ): Promise<void> {
    const { region, accessKeyId } = target;
    call.account = await this.#accountOf(accessKeyId);
    const { operation, account } = call;
    const answer = await this.#glue.answer({ request, operation, region, account });
    request.resume();
    if (answerIsLost) hangUp(response);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #record(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target & { service: string },
    head: Buffer | undefined,
  ): Call {
    const named = nameOperation({
      method: request.method ?? 'GET',
      headers: request.headers,
      path: target.path,
      query: target.query,
      service: target.service,
      registry: target.registry !== undefined,
      packages: target.packages,
      ...(head && { body: head.toString('utf8') }),
    });
    const call = this.calls.add({
      time: new Date().toISOString(),
      service: target.service,
      ...(target.host ? { operation: 'InvokeFunctionUrl', iamAction: 'lambda:InvokeFunctionUrl' } : named),
      region: target.region,
      account: '',
      accessKeyId: target.accessKeyId,
      userAgent: request.headers['user-agent'] ?? request.headers['x-amz-user-agent']?.toString() ?? '',
      status: 0,
    });
    response.once('close', () => {
      const unanswered = leavesWithoutAnswer(call.fault) ? 0 : 499;
      call.status = response.headersSent ? response.statusCode : unanswered;
      call.account ||= /^\d{12}$/.test(target.accessKeyId) ? target.accessKeyId : DEFAULT_ACCOUNT;
    });
    return call;
  }

  /** The account that keys belong to. ministack issues the keys of assumed roles, so it is asked. */
  async #accountOf(accessKeyId: string): Promise<string> {
    if (/^\d{12}$/.test(accessKeyId)) return accessKeyId;
    const known = this.#accounts.get(accessKeyId);
    if (known) return known;
    const form = new URLSearchParams({ Action: 'GetAccessKeyInfo', Version: '2011-06-15', AccessKeyId: accessKeyId });
    const answer = await this.#upstream.ask(await this.child('ministack'), 'POST', '/', form.toString());
    const account = /<Account>(\d{12})<\/Account>/.exec(answer)?.[1] ?? DEFAULT_ACCOUNT;
    this.#accounts.set(accessKeyId, account);
    return account;
  }

  #fail(response: ServerResponse, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!this.#stopping) this.#say(message);
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`local AWS: ${message}\n`);
  }
}
