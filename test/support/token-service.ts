import { execFileSync } from 'node:child_process';
import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** One question for a token. */
export interface TokenRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  /** How the caller said who it is; never the secret itself. */
  readonly by: 'nobody' | 'basic' | 'refresh-token';
}

/** Gives tokens that Distribution takes. Source: distribution, "Token Authentication Implementation". */
export interface TokenService {
  readonly realm: string;
  readonly requests: readonly TokenRequest[];
  /** The `auth.token` section of Distribution's configuration. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Changes how it answers from now on. */
  readonly behaviour: {
    /** Seconds that are said; the tokens themselves are good for five minutes. Undefined is left out. */
    expiresIn: number | undefined;
    /** Under which name the token comes. */
    member: 'token' | 'access_token';
    /** So many tokens from now on are of no use. */
    spoilt: number;
  };
  close(): Promise<void>;
}

const SERVICE = 'headgate-test-registry';
const ISSUER = 'headgate-test-issuer';

/** @param directory for key and certificate; whoever made it removes it */
export async function startTokenService(
  openssl: string,
  directory: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<TokenService> {
  const keyFile = path.join(directory, 'token-key.pem');
  const certificate = path.join(directory, 'token-certificate.pem');
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const files = ['-keyout', keyFile, '-out', certificate, '-subj', '/CN=headgate-test'];
  execFileSync(openssl, ['req', '-x509', ...kind, ...files], { stdio: 'ignore' });
  const key = createPrivateKey(readFileSync(keyFile));
  const x5c = [new X509Certificate(readFileSync(certificate)).raw.toString('base64')];

  const requests: TokenRequest[] = [];
  const behaviour: TokenService['behaviour'] = { expiresIn: 300, member: 'token', spoilt: 0 };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://loopback');
    const form = request.method === 'POST' ? new URLSearchParams(await bodyOf(request)) : url.searchParams;
    // One parameter holds several scopes with spaces between them, or the parameter comes several times.
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
    const by = caller(request, form);
    requests.push({ method: request.method ?? '', scopes, by });
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    const isKnown =
      by === 'basic'
        ? request.headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
        : by === 'refresh-token' && form.get('refresh_token') === password;
    if (by !== 'nobody' && !isKnown) {
      answer(401, { errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }] });
      return;
    }
    const isSpoilt = behaviour.spoilt > 0;
    if (isSpoilt) behaviour.spoilt -= 1;
    const token = isSpoilt ? 'spoilt' : tokenFor({ key, x5c, scopes: isKnown ? scopes : [] });
    const { expiresIn, member } = behaviour;
    answer(200, { [member]: token, ...(expiresIn === undefined ? {} : { expires_in: expiresIn }) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return {
    realm,
    requests,
    behaviour,
    configuration: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: certificate },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function caller({ headers }: IncomingMessage, form: URLSearchParams): TokenRequest['by'] {
  if (headers.authorization !== undefined) return 'basic';
  return form.get('grant_type') === 'refresh_token' ? 'refresh-token' : 'nobody';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A JSON Web Token (RFC 7519) for these scopes, which are `repository:<name>:<action>,<action>`. */
function tokenFor({ key, x5c, scopes }: { key: KeyObject; x5c: string[]; scopes: readonly string[] }): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type, name, actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',') };
  });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: ISSUER, sub: 'test', aud: SERVICE, exp: now + 300, nbf: now - 60, iat: now, jti: randomUUID() };
  const signed = `${part({ typ: 'JWT', alg: 'ES256', x5c })}.${part({ ...claims, access })}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
