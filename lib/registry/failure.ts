import type { Explanation } from '../errors.ts';
import { connectionCode } from '../net/retry.ts';
import type { ConnectionFailed } from '../net/transport.ts';
import { ecrRegistryOf } from './credentials/ecr.ts';
import { RegistryError, type RegistryErrorKind } from './error.ts';

/** What was tried, for messages. */
export interface Attempted {
  /** A phrase that follows "Cannot": `read ghcr.io/acme/shop:1.0`. */
  readonly doing: string;
  readonly registry: string;
}

/** An answer that says no. */
export interface Refusal extends Attempted {
  readonly status: number;
  /** Up to 64 KiB of it. */
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** True when credentials were sent. */
  readonly signedIn: boolean;
  /** What must not stand in a message, should the registry repeat it. */
  readonly secret?: string | undefined;
}

/** Largest body of a refusal that is read. */
export const MAX_REFUSAL_BYTES = 64 * 1024;

/** The error for an answer that says no. */
export function refusalError(refusal: Refusal): RegistryError {
  const { status, doing, registry } = refusal;
  const errors = errorsIn(refusal);
  const codes = errors.map(({ code }) => code);
  const said = errors.map(({ code, message }) => [code, message].filter((part) => part !== '').join(': ')).join('; ');
  const kind = kindOf(status, errors);
  const hint = hintFor(kind, refusal, codes);
  return new RegistryError(
    kind,
    {
      what: `Cannot ${doing}: ${registry} answered ${status}${said === '' ? '' : ` (${said})`}`,
      ...hint,
    },
    { status, codes },
  );
}

/** True when an answer is a page for people: what answered is hardly a registry. */
export function isPage(contentType: string | undefined): boolean {
  return /^text\/html\b/i.test(contentType ?? '');
}

interface SaidError {
  readonly code: string;
  readonly message: string;
}

/** Source: distribution-spec, "Error Codes". */
function errorsIn({ body, contentType, secret }: Refusal): readonly SaidError[] {
  const text = (value: unknown) => (typeof value === 'string' ? shown(value, secret) : '');
  try {
    const { errors } = JSON.parse(body.toString('utf8'));
    return (errors as Record<string, unknown>[])
      .slice(0, 3)
      .map((error) => ({ code: text(error?.code), message: text(error?.message) }))
      .filter(({ code, message }) => code !== '' || message !== '');
  } catch {
    // Proxies and old registries answer with a line of text.
    const line = body.toString('utf8');
    return isPage(contentType) || line.trim() === '' || line.length > 300 || line.trimStart().startsWith('<')
      ? []
      : [{ code: '', message: shown(line, secret) }];
  }
}

/** Text of a registry as one line that is short enough for a message. */
function shown(text: string, secret: string | undefined): string {
  const safe = secret === undefined || secret === '' ? text : text.replaceAll(secret, '***');
  return (
    safe
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
      .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
      .trim()
      .slice(0, 300)
  );
}

function kindOf(status: number, errors: readonly SaidError[]): RegistryErrorKind {
  if (errors.some(saysImmutable)) return 'immutable';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'missing';
  if (status === 405 || status === 501 || errors.some(({ code }) => code === 'UNSUPPORTED')) return 'unsupported';
  if (status === 429) return 'busy';
  if (status === 408 || status >= 500) return 'unavailable';
  return 'invalid';
}

/**
 * Registries have no common code for it. ECR: 400 TAG_INVALID, "… cannot be overwritten because the tag is immutable";
 * Harbor: 412 PRECONDITION, "… configured as immutable"; others: TAG_IMMUTABLE.
 * Source: aws/containers-roadmap#2380, osscontainertools/kaniko#204, goharbor/harbor#9427.
 */
function saysImmutable({ code, message }: SaidError): boolean {
  return /IMMUTABLE/.test(code) || /\bimmutable\b|cannot be overwritten/i.test(message);
}

function hintFor(kind: RegistryErrorKind, refusal: Refusal, codes: readonly string[]): Omit<Explanation, 'what'> {
  const { registry, status, contentType, signedIn } = refusal;
  const isEcr = ecrRegistryOf(registry) !== undefined;
  switch (kind) {
    case 'denied':
      if (signedIn) {
        return {
          cause: 'the login that was used may not do this, or the repository is not its own',
          next: isEcr
            ? "Compare the role with the minimal policy in the README, and check the repository's policy"
            : 'Check which user or token the job uses for this registry and what it may do there (to push: write access)',
        };
      }
      return {
        cause: `there is no login for ${registry}, and without one it does not do this`,
        next: "Sign in before this step ('docker login', 'buildah login' or the host's own token), then run again",
      };
    case 'missing':
      if (codes.includes('NAME_UNKNOWN') || isEcr) {
        return {
          cause: 'the repository does not exist there, or the login may not see it',
          next: isEcr
            ? 'Check the name, and create the repository: ECR makes none by itself when something is pushed'
            : 'Check the name of the image',
        };
      }
      return {
        cause: 'it was removed or never pushed, or what answers there is not a registry',
        next: 'Check the name of the registry and of the image',
      };
    case 'immutable':
      return {
        cause: 'the registry does not let this tag move once it is set',
        next: 'Use another tag, or exclude this one from immutability in the settings of the repository',
      };
    case 'unsupported':
      return {
        cause: 'this registry does not have the call, or it is switched off',
        next: "Switch it on (in Distribution: 'storage.delete.enabled' for removals), or use the registry's own API",
      };
    case 'busy':
      return {
        cause: 'the registry allows fewer requests; waiting and asking again did not suffice',
        next: 'Run again later, sign in (limits are higher then), or run fewer jobs at once',
      };
    case 'unavailable':
      return {
        cause: status === 503 ? 'the registry is overloaded or under maintenance' : 'the registry has a fault',
        next: "Look at the registry's status page and run again later; running again is safe",
      };
    case 'invalid':
      return isPage(contentType)
        ? NOT_A_REGISTRY
        : {
            cause: 'the registry does not take what was sent',
            next: 'See its own words; if they do not help, report this with the debug log',
          };
  }
}

const NOT_A_REGISTRY = {
  cause: 'what answers there is not a registry (a web page, or the sign-in page of a proxy)',
  next: 'Check the name of the registry, and the proxy',
} as const;

/** The error for an answer that cannot be used. `why` follows "which": `is cut`. */
export function unusableError(
  { doing, registry }: Attempted,
  why: string,
  more: { readonly contentType?: string | undefined; readonly status?: number; readonly cause?: unknown } = {},
): RegistryError {
  const hint = isPage(more.contentType)
    ? NOT_A_REGISTRY
    : {
        cause: 'the registry, or something between it and this machine, changes what it sends',
        next: 'Run again; if it stays so, ask those who run the registry or the proxy before it',
      };
  return new RegistryError(
    'invalid',
    { what: `Cannot ${doing}: ${registry} sent what cannot be used: ${why}`, ...hint },
    {
      ...(more.status === undefined ? {} : { status: more.status }),
      ...(more.cause === undefined ? {} : { cause: more.cause }),
    },
  );
}

/** The error for a connection that was not made, or that ended too early, after the last repetition. */
export function connectionError({ doing, registry }: Attempted, failed: ConnectionFailed): RegistryError {
  const code = connectionCode(failed.cause);
  const { cause, next } = CONNECTION.find(({ codes }) => codes.test(code)) ?? {
    cause: 'the connection failed',
    next: 'Check the network, then run again; running again is safe',
  };
  return new RegistryError(
    'unavailable',
    { what: `Cannot ${doing}: no answer from ${registry} (${shown(failed.message || code, undefined)})`, cause, next },
    { cause: failed.cause },
  );
}

/** Codes of Node.js and OpenSSL ("X509_V_ERR_…" without the prefix). */
const CONNECTION: readonly { codes: RegExp; cause: string; next: string }[] = [
  {
    codes: /^ECONNREFUSED$/,
    cause: 'nothing listens there: the registry is down, or the port is another one',
    next: 'Check host and port of the registry, then run again',
  },
  {
    codes: /^(ENOTFOUND|EAI_AGAIN)$/,
    cause: 'the name of the registry is not known here',
    next: 'Check the name of the registry, and the network (behind a proxy: HTTPS_PROXY)',
  },
  {
    codes:
      /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    cause: 'the certificate is of an authority that Node does not know: a private one, or a proxy that looks into TLS',
    next: "Give the authority's certificate as a PEM file in NODE_EXTRA_CA_CERTS",
  },
  {
    codes: /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    cause: 'the certificate is for another name or another time',
    next: 'Check the name of the registry, its certificate, and the clock of this machine',
  },
  {
    codes: /^(EPROTO|ERR_SSL_.*)$/,
    cause: 'the registry does not speak TLS, or another version of it; only a registry on this machine may do without',
    next: 'Put TLS before the registry, or check its port',
  },
  {
    codes: /^ERR_PROXY_/,
    cause: 'the proxy that HTTPS_PROXY names refused the connection, for example for want of a user and password',
    next: "Check the proxy's address and login, and NO_PROXY; 'headgate doctor run' shows how they are understood",
  },
  {
    codes: /^(ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE)$/,
    cause: 'the connection ended before all was said, also when it was made again',
    next: 'Check the network and the proxy, then run again; running again is safe',
  },
  {
    codes: /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    cause: 'the registry cannot be reached from here, or it is silent',
    next: 'Check the network, firewalls and the proxy, then run again; running again is safe',
  },
];
