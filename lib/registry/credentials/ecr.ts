import { OperationFailed } from '../../errors.ts';
import type { Context } from '../../operation/define.ts';
import type { Credentials } from './credentials.ts';

/** A private registry of ECR: each account has one in each Region. */
export interface EcrRegistry {
  readonly account: string;
  readonly region: string;
}

/**
 * `<account>.dkr.ecr[-fips].<region>.<domain of the partition>`, and the names that also have IPv6 addresses,
 * `<account>.dkr-ecr[-fips].<region>.on.aws`.
 * Source: ECR user guide, "Making requests to Amazon ECR registries"; AWS General Reference, "Amazon ECR endpoints".
 */
const ECR_HOST =
  /^(\d{12})\.(?:dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)|dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))(?::443)?$/;

/** Reads the host name of a private registry of ECR; undefined for every other one, also for public.ecr.aws. */
export function ecrRegistryOf(registry: string): EcrRegistry | undefined {
  const [, account, region, other] = ECR_HOST.exec(registry) ?? [];
  return account === undefined ? undefined : { account, region: region ?? other ?? '' };
}

/** A token is taken for ended this long before it ends, so that a long upload that begins now is still let in. */
const RENEW_BEFORE = 15 * 60_000;

/**
 * Asks ECR for a login. It serves all registries of the Region that the caller may use, and lasts 12 hours.
 * Source: ECR API reference, GetAuthorizationToken.
 *
 * @returns it, and until when (milliseconds since 1970) it can be given out
 * @throws the SDK's errors; OperationFailed for an answer without a token
 */
export async function ecrLogin(
  aws: Context['aws'],
  { clock, signal }: Pick<Context, 'clock' | 'signal'>,
): Promise<{ readonly credentials: Credentials; readonly until: number }> {
  const ecr = await aws.ecr();
  const answer = await ecr.getAuthorizationToken({}, { abortSignal: signal });
  const { authorizationToken = '', expiresAt } = answer.authorizationData?.[0] ?? {};
  const decoded = Buffer.from(authorizationToken, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) {
    throw new OperationFailed({
      what: `ECR in ${aws.region} answered without an authorization token`,
      cause: 'something between this machine and AWS changed the answer',
      next: 'Run again; with AWS_ENDPOINT_URL, check what answers there',
    });
  }
  const ends = expiresAt?.getTime() ?? clock.now().getTime();
  return {
    credentials: { kind: 'basic', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) },
    until: ends - RENEW_BEFORE,
  };
}

/**
 * Whether a login is an ECR password that has ended: on a machine that lives longer than a day, files keep old ones.
 * The password is the base64 of JSON with `expiration`, in seconds. AWS does not promise that form, so a password of
 * another form counts as good.
 */
export function isExpiredEcrPassword(credentials: Credentials, now: Date): boolean {
  if (credentials.kind !== 'basic' || credentials.username !== 'AWS') return false;
  try {
    const { expiration } = JSON.parse(Buffer.from(credentials.password, 'base64').toString('utf8'));
    return typeof expiration === 'number' && expiration * 1000 <= now.getTime();
  } catch {
    return false;
  }
}
