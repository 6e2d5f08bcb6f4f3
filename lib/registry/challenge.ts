/** One way to sign in that a server offers. Source: RFC 9110, section 11.6.1. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const SEPARATOR = /[ \t]*(?:,[ \t]*)+|[ \t]*$/y;
const SCHEME = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
// A value without quotes is a token by the RFC; addresses without quotes are seen, and nothing else can be meant.
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=][^\s",]*))/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SPACE = /[ \t]+/y;
const START = /[ \t,]*/y;

/**
 * Reads a WWW-Authenticate header; several headers are joined with commas, as Node does. Commas divide challenges and
 * parameters alike, and stand in quoted values too. What cannot be read ends the list.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(header) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  take(START);
  while (at < header.length) {
    const scheme = take(SCHEME)?.[0].toLowerCase();
    if (scheme === undefined) break;
    const parameters: Record<string, string> = Object.create(null);
    challenges.push({ scheme, parameters });
    const hasMore = take(SPACE) !== undefined;
    for (let more = hasMore && take(TOKEN68) === undefined; more; ) {
      const before = at;
      const found = take(PARAMETER);
      if (found === undefined) {
        at = before;
        break;
      }
      const [, name = '', quoted, plain = ''] = found;
      parameters[name.toLowerCase()] ??= quoted === undefined ? plain : quoted.replace(/\\(.)/gs, '$1');
      const after = at;
      more = take(SEPARATOR) !== undefined && at < header.length && isParameter(header, at);
      if (!more) at = after;
    }
    if (take(SEPARATOR) === undefined) break;
  }
  return challenges;
}

/** `name=` begins a parameter, `name ` another challenge. */
function isParameter(header: string, at: number): boolean {
  PARAMETER.lastIndex = at;
  return PARAMETER.test(header);
}
