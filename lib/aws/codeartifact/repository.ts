import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import type { Clock } from '../../operation/define.ts';
import type { Format } from '../../packages/package.ts';
import type { Aws } from '../clients.ts';

/** Which repository, apart from its Region. */
export interface RepositoryName {
  readonly domain: string;
  /** Account that owns the domain; undefined for the caller's own. */
  readonly domainOwner: string | undefined;
  readonly repository: string;
}

/** A login for the protocols of package managers. The token is a secret. */
export interface RepositoryToken {
  readonly token: string;
  readonly expiration: Date;
}

/** One repository in one Region, as package managers reach it. */
export interface RepositoryAccess {
  readonly region: string;
  readonly name: RepositoryName;
  /** The three parameters that every call of the API names the repository by. */
  readonly parameters: { readonly domain: string; readonly domainOwner?: string; readonly repository: string };
  client(): Promise<Codeartifact>;
  /** Where the protocol of this format is spoken; ends with `/`. */
  endpoint(format: Format): Promise<URL>;
  /**
   * Fetches endpoint and token at the same time, so that they are known when they are needed.
   *
   * @throws errors of the API
   */
  signIn(format: Format): Promise<void>;
  /**
   * A token, shared by all calls and replaced before it ends.
   *
   * @param refused a token that did not work (any more); another one is fetched unless that was done already
   */
  token(refused?: string): Promise<string>;
}

/** Replaced so long before its end, in milliseconds: an upload that begins with it should still end with it. */
const RENEW_BEFORE = 300_000;

/** Access to a repository in the Region of `aws`. Makes no call. */
export function openRepository(aws: Aws, name: RepositoryName, clock: Pick<Clock, 'now'>): RepositoryAccess {
  const { domain, domainOwner, repository } = name;
  const inDomain = { domain, ...(domainOwner === undefined ? {} : { domainOwner }) };
  const parameters = { ...inDomain, repository };
  const endpoints = new Map<Format, Promise<URL>>();
  let current: Promise<RepositoryToken> | undefined;
  let known: RepositoryToken | undefined;

  async function fetchToken(): Promise<RepositoryToken> {
    known = await requestToken(await aws.codeArtifact(), name);
    return known;
  }

  const access: RepositoryAccess = {
    region: aws.region,
    name,
    parameters,
    client: () => aws.codeArtifact(),
    signIn: async (format) => {
      await Promise.all([access.endpoint(format), access.token()]);
    },
    endpoint: (format) => {
      const found = endpoints.get(format);
      if (found !== undefined) return found;
      const asked = aws.codeArtifact().then((client) => requestEndpoint(client, name, format));
      endpoints.set(format, asked);
      asked.catch(() => endpoints.delete(format));
      return asked;
    },
    token: async (refused) => {
      const over = known !== undefined && known.expiration.getTime() - RENEW_BEFORE <= clock.now().getTime();
      if (over || (refused !== undefined && refused === known?.token)) {
        current = undefined;
        known = undefined;
      }
      current ??= fetchToken().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return (await current).token;
    },
  };
  return access;
}

/**
 * Fetches a token for all repositories of a domain.
 *
 * @param seconds how long it shall last, 900 to 43,200; 0 for as long as the caller's own credentials. Source: API
 * reference, GetAuthorizationToken
 */
export async function requestToken(
  client: Codeartifact,
  { domain, domainOwner }: Pick<RepositoryName, 'domain' | 'domainOwner'>,
  { seconds = 0, signal }: { readonly seconds?: number; readonly signal?: AbortSignal } = {},
): Promise<RepositoryToken> {
  const asked = { domain, ...(domainOwner === undefined ? {} : { domainOwner }), durationSeconds: seconds };
  const options = signal === undefined ? {} : { abortSignal: signal };
  const { authorizationToken: token, expiration } = await client.getAuthorizationToken(asked, options);
  if (token === undefined || expiration === undefined)
    throw new Error('GetAuthorizationToken answered without a token');
  return { token, expiration };
}

/** Asks where the protocol of a format is spoken; the address ends with `/`. */
export async function requestEndpoint(
  client: Codeartifact,
  { domain, domainOwner, repository }: RepositoryName,
  format: Format,
  signal?: AbortSignal,
): Promise<URL> {
  const asked = { domain, ...(domainOwner === undefined ? {} : { domainOwner }), repository, format };
  const options = signal === undefined ? {} : { abortSignal: signal };
  const { repositoryEndpoint } = await client.getRepositoryEndpoint(asked, options);
  if (repositoryEndpoint === undefined) throw new Error('GetRepositoryEndpoint answered without an endpoint');
  return new URL(repositoryEndpoint.endsWith('/') ? repositoryEndpoint : `${repositoryEndpoint}/`);
}
