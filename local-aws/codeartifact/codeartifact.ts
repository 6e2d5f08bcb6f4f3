import type { IncomingMessage } from 'node:http';
import type { ApiCall, Handler } from './api-call.ts';
import { AssetFiles } from './assets.ts';
import { readJson } from './body.ts';
import { CONNECTION_OPERATIONS } from './connection-operations.ts';
import { DOMAIN_OPERATIONS } from './domain-operations.ts';
import { CodeArtifactError, unauthorized } from './error.ts';
import { cargo } from './formats/cargo.ts';
import { maven } from './formats/maven.ts';
import { npm } from './formats/npm.ts';
import { pypi } from './formats/pypi.ts';
import { GROUP_OPERATIONS } from './group-operations.ts';
import { PACKAGE_OPERATIONS } from './package-operations.ts';
import type { Protocol } from './packages-call.ts';
import { Parameters } from './parameters.ts';
import { POLICY_OPERATIONS } from './policy-operations.ts';
import { errorReply, type Reply } from './reply.ts';
import { repositoryOf, Store } from './store.ts';
import { TAG_OPERATIONS } from './tag-operations.ts';
import type { PackagesTarget } from './target.ts';
import { readToken, Tokens } from './tokens.ts';
import { VERSION_OPERATIONS } from './version-operations.ts';

const LARGEST_API_BODY = 1024 * 1024;

const OPERATIONS: Readonly<Record<string, Handler>> = {
  ...DOMAIN_OPERATIONS,
  ...POLICY_OPERATIONS,
  ...CONNECTION_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...TAG_OPERATIONS,
  ...PACKAGE_OPERATIONS,
  ...VERSION_OPERATIONS,
};

const PROTOCOLS: Readonly<Record<string, Protocol>> = { pypi, npm, maven, cargo };

/** One request to CodeArtifact, of an AWS client or of a package manager. */
export interface CodeArtifactRequest {
  readonly request: IncomingMessage;
  /** The name of the operation, as it is recorded. */
  readonly operation: string;
  readonly query: URLSearchParams;
  readonly region: string;
  /** The address of the gateway. */
  readonly endpoint: string;
  /** Set for a request of a package manager. */
  readonly packages?: PackagesTarget | undefined;
  /** True for a call that CloudFormation makes for the caller. */
  readonly byService?: boolean;
  /** The account of the caller, where the request is signed. */
  readonly account: () => Promise<string>;
}

/** An answer, and the account that asked; without an account the request had no login. */
export interface CodeArtifactAnswer {
  readonly reply: Reply;
  readonly account?: string;
}

/** A CodeArtifact in memory, with its assets in temporary files: the API, and the protocols of package managers. */
export class CodeArtifact {
  readonly #store = new Store();
  readonly #files = new AssetFiles();
  readonly tokens = new Tokens();

  /** Answers a request, but does not send the answer. */
  async answer(asked: CodeArtifactRequest): Promise<CodeArtifactAnswer> {
    return await (asked.packages ? this.#answerPackages(asked, asked.packages) : this.#answerApi(asked));
  }

  /** Forgets everything. */
  clear(): void {
    this.#store.clear();
    this.#files.clear();
    this.tokens.clear();
  }

  async #answerApi({ request, operation, query, region, endpoint, account, byService = false }: CodeArtifactRequest) {
    const caller = await account();
    const handler = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
    const reply = await replyOf(async () => {
      if (!handler) throw notImplemented(operation);
      // The asset of PublishPackageVersion stays a stream.
      const body = operation === 'PublishPackageVersion' ? {} : await readJson(request, LARGEST_API_BODY);
      const parameters = new Parameters(query, body);
      const held = { store: this.#store, tokens: this.tokens, files: this.#files };
      const call: ApiCall = { ...held, account: caller, region, endpoint, parameters, request, byService };
      return await handler(call);
    });
    return { reply, account: caller };
  }

  async #answerPackages({ request, endpoint }: CodeArtifactRequest, target: PackagesTarget) {
    const login = this.tokens.login(readToken(request.headers.authorization) ?? '');
    const reply = await replyOf(async () => {
      // A token is good for one domain. Source: API reference, GetAuthorizationToken.
      const { domain } = login ?? {};
      const isRightDomain =
        domain !== undefined && domain === this.#store.find(target.account, target.region, target.domain);
      if (!isRightDomain) throw unauthorized();
      const repository = repositoryOf(domain, target.repository);
      const protocol = Object.hasOwn(PROTOCOLS, target.format) ? PROTOCOLS[target.format] : undefined;
      if (!protocol) throw notImplemented(`the protocol of the format ${target.format}`);
      return await protocol({
        method: request.method ?? 'GET',
        request,
        target,
        repository,
        files: this.#files,
        endpoint,
      });
    });
    return { reply, ...(login && { account: login.account }) };
  }
}

async function replyOf(work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodeArtifactError) return errorReply(error);
    throw error;
  }
}

function notImplemented(what: string): CodeArtifactError {
  const next = 'Use another endpoint for it (AWS_ENDPOINT_URL_CODEARTIFACT), or an AWS account; see docs/local-aws.md.';
  return new CodeArtifactError(501, 'NotImplemented', `The local AWS does not have ${what} of CodeArtifact. ${next}`);
}
