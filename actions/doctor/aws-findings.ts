import type { Aws, CallerIdentity } from '../../lib/aws/clients.ts';
import { clockSkewSeconds, MAX_SKEW_SECONDS, type TimedAnswer } from '../../lib/aws/clock-skew.ts';
import { endpointVariables } from '../../lib/aws/endpoint-variables.ts';
import { BadInput } from '../../lib/errors.ts';
import type { Finding } from '../../lib/hosts/host.ts';
import { accountFindings } from './account-findings.ts';
import { failure, ok, problem, skipped, warning } from './finding.ts';
import type { DoctorContext } from './run.ts';

/** Longest time for one question, in milliseconds; without an end a firewall that drops packets would hold the run. */
const PATIENCE = 20_000;
/** A minute is no harm yet, but a clock that drifts goes on drifting. */
const NOTABLE_SKEW_SECONDS = 60;
const CREDENTIALS = 'Credentials';
const CLOCK = 'Clock';
const LATER = ['CloudFormation', 'Bucket for code'] as const;

/** How AWS is reached, as whom, and what is there. */
export async function awsFindings(context: DoctorContext): Promise<readonly Finding[]> {
  const endpoints = endpointFindings();
  const connection = connected(context);
  if (connection instanceof BadInput) {
    const rest = [CREDENTIALS, CLOCK, ...LATER].map((check) => skipped(check, 'AWS is not connected'));
    return [failure('AWS', 'problem', connection), ...endpoints, ...rest];
  }
  const { aws, region } = connection;
  return [region, ...endpoints, ...(await identityFindings(context, aws))];
}

/** Connecting fails for an input of another form, and the first use of the Region where there is none. */
function connected(context: DoctorContext): { readonly aws: Aws; readonly region: Finding } | BadInput {
  try {
    const { aws } = context;
    const { region, partition } = aws;
    return { aws, region: ok('Region', `${region}, partition ${partition.id} (${partition.dnsSuffix})`) };
  } catch (error) {
    if (error instanceof BadInput) return error;
    throw error;
  }
}

function endpointFindings(): readonly Finding[] {
  const variables = endpointVariables();
  if (variables.length === 0) return [ok('Endpoint', 'AWS')];
  return variables.map(({ name, origin, isOnThisMachine }) => {
    const check = `Endpoint: ${name}`;
    if (origin === undefined) return problem(check, 'is not an address', 'Correct it, or unset it for AWS');
    if (isOnThisMachine) return ok(check, `${origin}, a local AWS`);
    return warning(check, `${origin} in place of AWS`, 'Unset it if AWS itself is meant');
  });
}

async function identityFindings(context: DoctorContext, aws: Aws): Promise<readonly Finding[]> {
  let last: TimedAnswer | undefined;
  const patience = () => AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE)]);
  const timed = (answer: TimedAnswer) => {
    last = answer;
  };
  try {
    const identity = await aws.callerIdentity({ signal: patience(), now: () => context.clock.now(), timed });
    const allowed = allowedFinding(context.inputs['allowed-account-ids'], identity);
    const rest =
      allowed.status === 'problem'
        ? LATER.map((check) => skipped(check, "the account is not in 'allowed-account-ids'"))
        : await accountFindings(aws, identity.account, patience());
    return [credentialsFinding(aws, identity), allowed, clockFinding(last), ...rest];
  } catch (error) {
    return [
      failure(CREDENTIALS, 'problem', error),
      clockFinding(last),
      ...LATER.map((check) => skipped(check, 'there are no credentials')),
    ];
  }
}

function credentialsFinding(aws: Aws, { account, arn }: CallerIdentity): Finding {
  const found = `account ${account}, ${shownArn(arn)}`;
  const partition = arn.split(':')[1];
  if (!aws.isLocal && partition !== aws.partition.id) {
    return problem(
      CREDENTIALS,
      `${found}; the Region is of partition ${aws.partition.id}`,
      'Use credentials of that partition',
    );
  }
  if (!aws.isLocal && arn.endsWith(':root')) {
    return warning(CREDENTIALS, `${found}, the root user`, 'Use a role: what the root user may do cannot be limited');
  }
  return ok(CREDENTIALS, found);
}

/** Without the name of the session, which may hold a person's name or what a token said. */
export function shownArn(arn: string): string {
  return arn.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1/…');
}

function allowedFinding(allowed: readonly string[] | undefined, { account }: CallerIdentity): Finding {
  const check = 'allowed-account-ids';
  if (allowed === undefined || allowed.length === 0) return ok(check, 'not given: every account is accepted');
  if (allowed.includes(account)) return ok(check, `${account} is one of them`);
  return problem(
    check,
    `${account} is not one of ${allowed.join(', ')}`,
    'Use the right credentials, or add the account',
  );
}

/** The clock of this machine against that of AWS. */
export function clockFinding(answer: TimedAnswer | undefined): Finding {
  const seconds = answer === undefined ? undefined : clockSkewSeconds(answer);
  if (seconds === undefined) return skipped(CLOCK, 'AWS gave no time');
  const away = Math.abs(seconds);
  const found =
    away <= 1 ? 'agrees with that of AWS' : `is ${away} s ${seconds > 0 ? 'ahead of' : 'behind'} that of AWS`;
  if (away <= NOTABLE_SKEW_SECONDS) return ok(CLOCK, found);
  const next = 'Synchronise the clock of this machine (NTP)';
  if (away <= MAX_SKEW_SECONDS) return warning(CLOCK, found, next);
  return problem(CLOCK, `${found}; AWS refuses signatures that are more than 5 minutes off`, next);
}
