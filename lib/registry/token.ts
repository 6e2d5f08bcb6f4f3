import { isLoopback } from '../aws/endpoint.ts';
import { type HttpAnswer, type HttpRequest, readBody } from '../net/transport.ts';
import type { Credentials } from './credentials/credentials.ts';
import { type Attempted, MAX_REFUSAL_BYTES, refusalError, unusableError } from './failure.ts';

/** Where a registry sends those who want a token. */
export interface TokenRealm {
  readonly realm: URL;
  readonly service: string | undefined;
}

export interface Token {
  readonly value: string;
  /** Seconds. */
  readonly expiresIn: number;
}

const MAX_TOKEN_BYTES = 1024 * 1024;
/** Without `expires_in` a token is good for a minute. Source: distribution, "Token Authentication Specification". */
const USUAL_SECONDS = 60;
/** What a token service sees us as. */
const CLIENT_ID = 'headgate';

/**
 * Whether login and token may travel to this address. It may be on another host than the registry: auth.docker.io is.
 * It is the registry that names it, so the least that is asked is encryption.
 */
export function isSafeRealm(realm: URL): boolean {
  return realm.protocol === 'https:' || (realm.protocol === 'http:' && isLoopback(realm.hostname));
}

/**
 * The request for a token: GET with Basic authentication, or without any; POST with an identity token.
 * Source: distribution, "Token Authentication Specification" and "OAuth2 Token Authentication".
 *
 * @param scopes as `formatScope` writes them, or as a challenge did
 */
export function tokenRequest(
  { realm, service }: TokenRealm,
  scopes: readonly string[],
  credentials: Credentials,
): HttpRequest {
  if (credentials.kind === 'identity-token') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID });
    if (service !== undefined) form.set('service', service);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    form.set('refresh_token', credentials.token);
    const body = Buffer.from(form.toString());
    return {
      method: 'POST',
      url: realm,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': `${body.length}` },
      body,
    };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return {
    method: 'GET',
    url,
    headers: credentials.kind === 'basic' ? { Authorization: basicHeader(credentials) } : {},
  };
}

/** Source: RFC 7617, section 2, with UTF-8. */
export function basicHeader({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/**
 * Reads what a token service answered.
 *
 * @throws RegistryError
 */
export async function readToken(answer: HttpAnswer, attempted: Attempted, signedIn: boolean): Promise<Token> {
  const contentType = answer.headers['content-type'];
  const { status } = answer;
  if (status !== 200) {
    const body = (await readBody(answer, MAX_REFUSAL_BYTES)) ?? Buffer.alloc(0);
    // A service that does not know the login says so with 400 or 404, too.
    throw refusalError({ ...attempted, status, body, contentType, signedIn });
  }
  const body = await readBody(answer, MAX_TOKEN_BYTES);
  let members: Readonly<Record<string, unknown>> | undefined;
  try {
    members = JSON.parse((body ?? '').toString());
  } catch {
    throw unusableError(attempted, 'an answer without a token', { contentType, status });
  }
  const value = [members?.token, members?.access_token].find((text) => typeof text === 'string' && text !== '');
  // A line break in it would be another header.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw unusableError(attempted, 'an answer without a token', { contentType, status });
  }
  const seconds = members?.expires_in;
  return { value, expiresIn: typeof seconds === 'number' && seconds > 0 ? seconds : USUAL_SECONDS };
}
