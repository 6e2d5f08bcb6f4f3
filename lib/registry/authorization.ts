import type { HttpAnswer, HttpRequest } from '../net/transport.ts';
import { addressFrom } from './address.ts';
import { parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials/credentials.ts';
import { type Attempted, unusableError } from './failure.ts';
import { covers, formatScope, mergeScopes, parseScopes, type Scope } from './scope.ts';
import { basicHeader, isSafeRealm, readToken, type TokenRealm, tokenRequest } from './token.ts';

/** What an Authorization header says, and whether it names anybody. */
export interface Authorization {
  readonly header: string;
  readonly signedIn: boolean;
}

/** What a registry asked for, the last time it asked. */
type Scheme = { readonly kind: 'basic' } | ({ readonly kind: 'bearer'; readonly asked: readonly Scope[] } & TokenRealm);

type Bearer = Extract<Scheme, { readonly kind: 'bearer' }>;

interface Issued {
  readonly scopes: readonly Scope[];
  readonly authorization: Promise<Authorization>;
  /** Milliseconds since 1970; undefined until the token is there. */
  renewAt: number | undefined;
}

export interface AuthorizerParts {
  readonly credentials: (registry: string) => Promise<Credentials>;
  readonly now: () => Date;
  /** Sends with repetitions, and follows nothing: a login goes where the challenge says and nowhere else. */
  readonly send: (request: HttpRequest, attempted: Attempted) => Promise<HttpAnswer>;
}

/**
 * Signs in to one registry: it remembers how the registry wants it, and keeps tokens until shortly before they end.
 * Nothing is sent before the registry has asked.
 */
export class Authorizer {
  readonly #registry: string;
  readonly #parts: AuthorizerParts;
  #scheme: Scheme | undefined;
  #issued: Issued[] = [];

  constructor(registry: string, parts: AuthorizerParts) {
    this.#registry = registry;
    this.#parts = parts;
  }

  /** What to send now; undefined when the registry has not asked, or there is no login for it. */
  async authorization(scopes: readonly Scope[], attempted: Attempted): Promise<Authorization | undefined> {
    const scheme = this.#scheme;
    if (scheme === undefined) return undefined;
    if (scheme.kind === 'bearer') return await this.#token(scheme, scopes, attempted);
    const credentials = await this.#parts.credentials(this.#registry);
    return credentials.kind === 'basic' ? { header: basicHeader(credentials), signedIn: true } : undefined;
  }

  /**
   * Takes in the challenge of an answer with 401.
   *
   * @param used what was sent; a token in it is not used again
   * @returns false when there is nothing to send that was not sent already
   * @throws RegistryError for a challenge that sends the login somewhere unsafe
   */
  async challenged(
    header: string | undefined,
    from: URL,
    used: Authorization | undefined,
    attempted: Attempted,
  ): Promise<boolean> {
    const scheme = schemeOf(header ?? '', from, attempted);
    if (scheme === undefined) return false;
    this.#scheme = scheme;
    if (scheme.kind === 'basic') {
      const credentials = await this.#parts.credentials(this.#registry);
      // The source of credentials may have new ones by now.
      return credentials.kind === 'basic' && basicHeader(credentials) !== used?.header;
    }
    if (used !== undefined) await this.#forget(used);
    return true;
  }

  async #token(scheme: Bearer, scopes: readonly Scope[], attempted: Attempted): Promise<Authorization> {
    const now = this.#parts.now().getTime();
    this.#issued = this.#issued.filter(({ renewAt }) => renewAt === undefined || now < renewAt);
    const wanted = mergeScopes(scopes, scheme.asked);
    const known = this.#issued.find((issued) => covers(issued.scopes, wanted));
    if (known !== undefined) return await known.authorization;
    const asking = this.#ask(scheme, wanted, attempted);
    const authorization = asking.then((given) => given.authorization);
    // Whoever waits for it hears of a failure; when nobody does, it must not end the process.
    authorization.catch(() => {});
    const issued: Issued = { scopes: wanted, authorization, renewAt: undefined };
    this.#issued.push(issued);
    try {
      const { expiresIn } = await asking;
      // Half a minute before the end, or half of a life that is shorter than a minute.
      issued.renewAt = now + Math.max(expiresIn - 30, expiresIn / 2) * 1000;
    } catch (error) {
      this.#issued = this.#issued.filter((other) => other !== issued);
      throw error;
    }
    return await authorization;
  }

  async #ask(
    scheme: Bearer,
    scopes: readonly Scope[],
    attempted: Attempted,
  ): Promise<{ readonly authorization: Authorization; readonly expiresIn: number }> {
    const credentials = await this.#parts.credentials(this.#registry);
    const signedIn = credentials.kind !== 'anonymous';
    if (credentials.kind === 'registry-token') {
      // Whoever issued it knows how long it is good for; until then there is no other.
      return { authorization: { header: `Bearer ${credentials.token}`, signedIn }, expiresIn: 60 };
    }
    const at: Attempted = { doing: attempted.doing, registry: scheme.realm.host };
    const answer = await this.#parts.send(tokenRequest(scheme, scopes.map(formatScope), credentials), at);
    const { value, expiresIn } = await readToken(answer, at, signedIn);
    return { authorization: { header: `Bearer ${value}`, signedIn }, expiresIn };
  }

  async #forget(used: Authorization): Promise<void> {
    const kept: Issued[] = [];
    for (const issued of this.#issued) {
      // A token that is still on its way is not the one that was sent.
      if (issued.renewAt === undefined || (await issued.authorization).header !== used.header) kept.push(issued);
    }
    this.#issued = kept;
  }
}

/** Bearer before Basic: a token may do less, and for less long, than a password. */
function schemeOf(header: string, from: URL, attempted: Attempted): Scheme | undefined {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm);
  if (bearer === undefined) {
    return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
  }
  const { realm: text = '', service, scope } = bearer.parameters;
  const realm = addressFrom(text, from);
  if (realm === undefined || !isSafeRealm(realm)) {
    throw unusableError(attempted, 'it wants the login to be sent to an address that is not https', { status: 401 });
  }
  return { kind: 'bearer', realm, service, asked: parseScopes(scope ?? '') };
}
