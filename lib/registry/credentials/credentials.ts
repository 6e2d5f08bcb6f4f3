import type { Context } from '../../operation/define.ts';
import { authFiles, entryOf } from './auth-files.ts';
import { runCredentialHelper } from './credential-helper.ts';
import { ecrLogin, ecrRegistryOf, isExpiredEcrPassword } from './ecr.ts';

/**
 * How to sign in to a registry:
 * - `basic`: user and password, for the registry itself or for its token server;
 * - `identity-token`: an OAuth 2 refresh token, for the token server only. Source: distribution, "OAuth2 token";
 * - `registry-token`: a token that the registry takes as it is, in place of one from the token server.
 */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string };

export const ANONYMOUS: Credentials = { kind: 'anonymous' };

/** What the search for credentials needs from outside. */
export type CredentialContext = Pick<Context, 'aws' | 'host' | 'clock' | 'signal' | 'log'> & {
  /** Only for tests; otherwise the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv;
};

/** Credentials, and until when (in milliseconds since 1970) they need not be looked for again. */
interface Issued {
  readonly credentials: Credentials;
  readonly until: number;
}

/** Helpers of clouds give tokens of an hour and do not say so. */
const ASK_HELPER_AGAIN = 10 * 60_000;

/**
 * Finds the credentials for registries, by their host name and port. The first source that has some counts:
 *
 * 1. what Docker and Podman read, see `authFiles`. An ECR token in there that is over is passed by;
 * 2. for a private registry of ECR, `GetAuthorizationToken` in its Region;
 * 3. the host: GitLab's registry and dependency proxy, GitHub's ghcr.io;
 * 4. none: the registry is asked without.
 *
 * With the local AWS an ECR name means a registry of this machine, so that only `GetAuthorizationToken` is asked for it.
 * Answers are kept until shortly before they end. What is found is masked in the log.
 *
 * @returns a function that throws OperationFailed for a file or a credential helper that does not work, and the SDK's
 *   errors where ECR gives no token
 */
export function credentialSource(context: CredentialContext): (registry: string) => Promise<Credentials> {
  const { aws, host, clock, signal, log } = context;
  const environment = context.environment ?? process.env;
  const kept = new Map<string, Promise<Issued>>();

  async function keep(key: string, find: () => Promise<Issued>): Promise<Issued> {
    for (;;) {
      const known = kept.get(key);
      if (known !== undefined) {
        const issued = await known;
        if (clock.now().getTime() < issued.until) return issued;
        if (kept.get(key) === known) kept.delete(key);
        continue;
      }
      const finding = find();
      kept.set(key, finding);
      try {
        return await finding;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    }
  }

  async function fromFiles(registry: string): Promise<Issued | undefined> {
    for (const file of await authFiles(environment)) {
      const entry = entryOf(file, registry);
      if (entry === undefined) continue;
      if (entry.kind !== 'helper') return { credentials: entry, until: Number.POSITIVE_INFINITY };
      const credentials = await runCredentialHelper(entry, { environment, signal });
      const until = clock.now().getTime() + ASK_HELPER_AGAIN;
      if (credentials !== undefined) return { credentials, until };
    }
    return undefined;
  }

  /** One token serves all accounts that the caller may use. Source: ECR API reference, GetAuthorizationToken. */
  const fromEcr = (region: string) => keep(`ecr ${region}`, () => ecrLogin(aws.at({ region }), { clock, signal }));

  async function find(registry: string): Promise<Issued> {
    const ecr = ecrRegistryOf(registry);
    const inFiles = ecr !== undefined && aws.isLocal ? undefined : await fromFiles(registry);
    if (inFiles !== undefined) {
      if (ecr === undefined || !isExpiredEcrPassword(inFiles.credentials, clock.now())) return inFiles;
      log.debug(`The login for ${registry} in the file of Docker has ended; ECR is asked for a new one.`);
    }
    if (ecr !== undefined) return await fromEcr(ecr.region);
    const login = await host.registryLogin(registry);
    return {
      credentials: login === undefined ? ANONYMOUS : { kind: 'basic', ...login },
      until: Number.POSITIVE_INFINITY,
    };
  }

  return async (registry) => {
    const { credentials } = await keep(registry, async () => {
      const found = await find(registry);
      mask(found.credentials, host);
      return found;
    });
    return credentials;
  };
}

function mask(credentials: Credentials, host: Pick<Context['host'], 'mask'>): void {
  if (credentials.kind === 'basic') host.mask(credentials.password);
  else if (credentials.kind !== 'anonymous') host.mask(credentials.token);
}
