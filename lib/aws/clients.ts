import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import type { ECR } from '@aws-sdk/client-ecr';
import type { Glue } from '@aws-sdk/client-glue';
import type { RedshiftData } from '@aws-sdk/client-redshift-data';
import type { RedshiftServerless } from '@aws-sdk/client-redshift-serverless';
import type { S3 } from '@aws-sdk/client-s3';
import type { STS } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import { badInput, Refused } from '../errors.ts';
import { proxyAgents } from '../net/proxy.ts';
import { observeServerTime, type TimedAnswer } from './clock-skew.ts';
import { isLoopback, localEndpoint } from './endpoint.ts';
import { type Partition, partitionOf } from './partition.ts';

/** How to reach one account in one Region. */
export interface Connection {
  readonly region: string | undefined;
  readonly roleToAssume: string | undefined;
  /** When not empty, every other account is refused before its first call. */
  readonly allowedAccountIds: readonly string[];
  /** The host's OIDC token, or undefined where it gives none. */
  readonly identityToken: (audience: string) => Promise<string | undefined>;
  readonly userAgent: { readonly version: string; readonly operation: string };
  /** Only for tests; otherwise the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Credentials that are there already, in place of `roleToAssume`; undefined stands for those of the job. */
  readonly credentials?: () => Promise<CredentialProvider | undefined>;
}

/** Another place to work in, seen from one that is connected. */
export interface Place {
  /** Without it, the same Region. */
  readonly region?: string;
  /** ARN of a role, assumed with the credentials of the place before it (a hop); without it, the same account. */
  readonly role?: string;
}

/**
 * AWS as operations see it. Clients are loaded and made on first use, so that an operation loads only what it calls.
 * They are the SDK's aggregated clients: other code imports the SDK's types only.
 */
export interface Aws {
  readonly region: string;
  readonly partition: Partition;
  /** False where no Region is known: then the first use of one is refused. */
  readonly hasRegion: boolean;
  /** True when the endpoint is on this machine (the local AWS). */
  readonly isLocal: boolean;
  /** The same in another Region or account. Makes no call; the account is guarded in the same way. */
  at(place: Place): Aws;
  accountId(): Promise<string>;
  /** Who AWS takes the credentials for. It asks each time, and also where `allowed-account-ids` refuse the account. */
  callerIdentity(request: IdentityRequest): Promise<CallerIdentity>;
  cloudFormation(): Promise<CloudFormation>;
  s3(): Promise<S3>;
  ecr(): Promise<ECR>;
  codeArtifact(): Promise<Codeartifact>;
  glue(): Promise<Glue>;
  redshiftData(): Promise<RedshiftData>;
  redshiftServerless(): Promise<RedshiftServerless>;
}

/** One question for the identity of the credentials. */
export interface IdentityRequest {
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Is told of every answer with its time, also of one that refuses. */
  readonly timed: (answer: TimedAnswer) => void;
}

export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
}

/** Gives credentials, and new ones when those before are about to end. */
export type CredentialProvider = () => Promise<AwsCredentialIdentity>;

const SESSION_SECONDS = 3600;
/** Throttled calls are retried by the SDK's adaptive mode; with CloudFormation's limits shared by an account, three tries are too few. */
const MAX_ATTEMPTS = 8;
/** Milliseconds. Among several Regions one that is down must not hold the others for long; by itself the SDK waits for ever. */
const PATIENCE = { connectionTimeout: 10_000, socketTimeout: 30_000 };
/** Without one the SDK writes to the console by itself, for example that it does not repeat an upload which we then repeat. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Prepares the clients for one account and Region. Makes no call and loads no client.
 *
 * Where no Region is known, the first use of `region` or of a client throws BadInput; `at` with a Region works all the
 * same. So an operation that finds its Regions elsewhere (in names of registries, in a list) needs no other one.
 *
 * @throws BadInput for an account id of another form
 */
export function connectAws(connection: Connection): Aws {
  const environment = connection.environment ?? process.env;
  // Hosts set a variable to empty text where it has no value.
  const known = connection.region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined;
  const regionHere = (): string => {
    if (known !== undefined) return known;
    throw badInput('region', 'is required: give it, or set AWS_REGION for the job');
  };
  for (const id of connection.allowedAccountIds) {
    if (!/^\d{12}$/.test(id))
      throw badInput('allowed-account-ids', `'${id}' is not an account id; write twelve digits`);
  }

  const endpoint = localEndpoint(environment);
  // The local AWS is on this machine, where no proxy leads.
  const agents = endpoint === undefined ? proxyAgents(environment) : undefined;
  const settings = once(async () => ({
    region: regionHere(),
    retryMode: 'adaptive' as const,
    maxAttempts: MAX_ATTEMPTS,
    logger: SILENT,
    customUserAgent: [
      ['headgate', connection.userAgent.version],
      [connection.userAgent.operation.replaceAll(' ', '.')],
    ] as [string, string?][],
    // A host prefix ('sync-127.0.0.1') or a bucket in front of an address on this machine does not resolve.
    ...(endpoint === undefined ? {} : { disableHostPrefix: true }),
    ...(agents === undefined ? {} : { requestHandler: { ...agents } }),
  }));

  const sts = once(async (): Promise<STS> => {
    const { STS } = await import('@aws-sdk/client-sts');
    return guarded(new STS(await settings()), endpoint);
  });
  const credentials = once(async (): Promise<CredentialProvider | undefined> => {
    if (connection.credentials !== undefined) return await connection.credentials();
    return connection.roleToAssume === undefined ? undefined : shared(assumedRole(connection, await sts()));
  });
  const signed = async () => {
    const provider = await credentials();
    const own = await settings();
    return provider === undefined ? own : { ...own, credentials: provider };
  };
  /** The roles that were assumed from here, so that each is assumed once. */
  const hops = new Map<string, () => Promise<CredentialProvider>>();
  /** Assumes a role with the credentials of this place; the host's token is for the first role only. */
  const hop = (role: string): (() => Promise<CredentialProvider>) => {
    const known = hops.get(role);
    if (known !== undefined) return known;
    const assumed = once(async () => {
      const { STS } = await import('@aws-sdk/client-sts');
      const from = guarded(new STS(await signed()), endpoint);
      return shared(assumedRole({ ...connection, roleToAssume: role, identityToken: async () => undefined }, from));
    });
    hops.set(role, assumed);
    return assumed;
  };
  const accountId = once(async () => {
    const { STS } = await import('@aws-sdk/client-sts');
    const caller = await guarded(new STS(await signed()), endpoint).getCallerIdentity({});
    if (caller.Account === undefined) throw new Error('GetCallerIdentity answered without an account');
    return caller.Account;
  });
  const checkAccount = once(async () => {
    if (connection.allowedAccountIds.length === 0) return;
    const account = await accountId();
    if (connection.allowedAccountIds.includes(account)) return;
    throw new Refused({
      what: `The credentials are for account ${account}, which is not in 'allowed-account-ids' (${connection.allowedAccountIds.join(', ')})`,
      cause: 'the job uses the role or profile of another environment',
      next: 'Use the right credentials, or add the account; nothing was read or changed',
    });
  });

  return {
    get region() {
      return regionHere();
    },
    get partition() {
      return partitionOf(regionHere());
    },
    hasRegion: known !== undefined,
    isLocal: endpoint !== undefined,
    at: ({ region: elsewhere, role }) =>
      connectAws({
        ...connection,
        region: elsewhere ?? known,
        // Without a Region there is no STS to share a role's credentials from; the other place assumes it itself.
        ...(known === undefined && role === undefined
          ? {}
          : { credentials: role === undefined ? credentials : hop(role) }),
      }),
    accountId: async () => {
      await checkAccount();
      return await accountId();
    },
    callerIdentity: async ({ signal, now, timed }) => {
      const { STS } = await import('@aws-sdk/client-sts');
      const client = guarded(new STS(await signed()), endpoint);
      observeServerTime(client, now, timed);
      const { Account: account, Arn: arn } = await client.getCallerIdentity({}, { abortSignal: signal });
      if (account === undefined || arn === undefined) throw new Error('GetCallerIdentity answered without an account');
      return { account, arn };
    },
    cloudFormation: once(async () => {
      await checkAccount();
      const { CloudFormation } = await import('@aws-sdk/client-cloudformation');
      return guarded(new CloudFormation(await signed()), endpoint);
    }),
    s3: once(async () => {
      await checkAccount();
      const { S3 } = await import('@aws-sdk/client-s3');
      return guarded(new S3({ ...(await signed()), forcePathStyle: endpoint !== undefined }), endpoint);
    }),
    ecr: once(async () => {
      await checkAccount();
      const { ECR } = await import('@aws-sdk/client-ecr');
      return guarded(new ECR(await signed()), endpoint);
    }),
    codeArtifact: once(async () => {
      await checkAccount();
      const { Codeartifact } = await import('@aws-sdk/client-codeartifact');
      const own = await signed();
      const requestHandler = { ...own.requestHandler, ...PATIENCE };
      return guarded(new Codeartifact({ ...own, maxAttempts: 5, requestHandler }), endpoint);
    }),
    glue: once(async () => {
      await checkAccount();
      const { Glue } = await import('@aws-sdk/client-glue');
      return guarded(new Glue(await signed()), endpoint);
    }),
    redshiftData: once(async () => {
      await checkAccount();
      const { RedshiftData } = await import('@aws-sdk/client-redshift-data');
      return guarded(new RedshiftData(await signed()), endpoint);
    }),
    redshiftServerless: once(async () => {
      await checkAccount();
      const { RedshiftServerless } = await import('@aws-sdk/client-redshift-serverless');
      return guarded(new RedshiftServerless(await signed()), endpoint);
    }),
  };
}

/** The SDK asks for new credentials this long before the old ones end. Source: "memoizeIdentityProvider", smithy-typescript. */
const RENEW_BEFORE = 300_000;

/** Gives every client the same credentials; each client alone would assume the role again. */
function shared(provide: CredentialProvider): CredentialProvider {
  let issued: Promise<AwsCredentialIdentity> | undefined;
  let renewAt = Number.POSITIVE_INFINITY;
  return () => {
    if (issued !== undefined && Date.now() < renewAt) return issued;
    renewAt = Number.POSITIVE_INFINITY;
    issued = provide().then(
      (identity) => {
        if (identity.expiration !== undefined) renewAt = identity.expiration.getTime() - RENEW_BEFORE;
        return identity;
      },
      (error: unknown) => {
        issued = undefined;
        throw error;
      },
    );
    return issued;
  };
}

/** A provider of the role's credentials. */
function assumedRole(connection: Connection, sts: STS): CredentialProvider {
  const session = {
    RoleArn: connection.roleToAssume,
    RoleSessionName: `headgate-${connection.userAgent.operation.replaceAll(' ', '-')}`.slice(0, 64),
    DurationSeconds: SESSION_SECONDS,
  };
  return async () => {
    // A token lives for minutes only, so each renewal asks the host for a new one.
    const token = await connection.identityToken('sts.amazonaws.com');
    const { Credentials: issued } =
      token === undefined
        ? await sts.assumeRole(session)
        : await sts.assumeRoleWithWebIdentity({ ...session, WebIdentityToken: token });
    if (issued?.AccessKeyId === undefined || issued.SecretAccessKey === undefined) {
      throw new Error('STS answered without credentials');
    }
    return {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: issued.SecretAccessKey,
      ...(issued.SessionToken === undefined ? {} : { sessionToken: issued.SessionToken }),
      ...(issued.Expiration === undefined ? {} : { expiration: issued.Expiration }),
    };
  };
}

interface WithMiddleware {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: each SDK client types its stack with its own inputs; the guard reads only the request.
    add(middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>, options: object): void;
  };
}

/** With the local AWS nothing may leave this machine, whatever URL an answer contains (a queue's, a bucket's). */
function guarded<Client extends WithMiddleware>(client: Client, endpoint: URL | undefined): Client {
  if (endpoint === undefined) return client;
  client.middlewareStack.add(
    (next) => (args) => {
      const host = (args as { request: { hostname: string } }).request.hostname;
      if (isLoopback(host)) return next(args);
      throw new Refused({
        what: `A call to ${host} was stopped, because AWS_ENDPOINT_URL says that the local AWS (${endpoint.origin}) is in use`,
        cause: 'an endpoint of its own is set for one service, or an answer named a host of the real AWS',
        next: 'Unset AWS_ENDPOINT_URL to use the real AWS, or remove the other endpoint',
      });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'headgateLoopbackGuard' },
  );
  return client;
}

/** Calls `make` at the first use and keeps its promise; a failed attempt is not kept. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
