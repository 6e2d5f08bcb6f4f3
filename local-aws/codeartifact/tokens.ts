import { randomBytes } from 'node:crypto';
import type { Domain } from './model.ts';

const LONGEST = 12 * 60 * 60;

/** What a login is good for. */
export interface Login {
  /** The account of the caller who asked for it. */
  readonly account: string;
  readonly domain: Domain;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** The authorization tokens of one local AWS. */
export class Tokens {
  readonly #logins = new Map<string, Login>();
  #seconds: number | undefined;

  /**
   * Gives a token for a domain.
   *
   * @param seconds 0 for as long as the caller's own keys, which here do not end: 12 hours
   */
  give(account: string, domain: Domain, seconds: number): { token: string; expires: number } {
    const lasts = this.#seconds ?? (seconds === 0 ? LONGEST : seconds);
    const expires = Date.now() + lasts * 1000;
    this.#forgetOld();
    // As on AWS it begins with a letter: programs take a value that begins with '-' for an option.
    const token = `ey${randomBytes(48).toString('base64url')}`;
    this.#logins.set(token, { account, domain, expires });
    return { token, expires };
  }

  /** What a token is good for; undefined when it is unknown or over. */
  login(token: string): Login | undefined {
    const login = this.#logins.get(token);
    return login && login.expires > Date.now() ? login : undefined;
  }

  /** From now on tokens last so long, whatever is asked for; below 0 they are over at once. */
  setSeconds(seconds: number): void {
    this.#seconds = seconds;
  }

  /** Ends all tokens that were given so far. */
  end(): void {
    this.#logins.clear();
  }

  clear(): void {
    this.#logins.clear();
    this.#seconds = undefined;
  }

  #forgetOld(): void {
    const now = Date.now();
    for (const [token, { expires }] of this.#logins) if (expires <= now) this.#logins.delete(token);
  }
}

/** The token in an Authorization header: a Bearer token, or the password of a Basic login of any user name. */
export function readToken(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const login = Buffer.from(value, 'base64').toString('utf8');
  return login.slice(login.indexOf(':') + 1);
}
