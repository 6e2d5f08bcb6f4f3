import { errorMessage } from '../../../lib/errors.ts';
import { directDialler } from '../../../lib/net/dial.ts';
import { mayPassError, mayPassStatus, pauseAfter } from '../../../lib/net/retry.ts';
import { ConnectionFailed, createTransport, discard, type Transport } from '../../../lib/net/transport.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { endpointOf, type RegionLogin } from './login-file.ts';
import type { Tool } from './tools.ts';

/** A Region that cannot be used, and what to do about it. */
export class RegionUnusable extends Error {
  readonly likely: string;
  readonly next: string;

  constructor(message: string, { likely, next }: { readonly likely: string; readonly next: string }, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.likely = likely;
    this.next = next;
  }
}

/** A name that no package should have: that it is not there is an answer too, and needs the same right as any other. */
const NO_PACKAGE = 'headgate-login-check';

/**
 * The cheapest read of each protocol. Sources: PEP 503; CodeArtifact User Guide, "Verifying npm authentication" (`npm
 * ping`); Maven Repository Metadata; Cargo book, "Registry Index", "Index configuration".
 */
const READS: Readonly<Record<Tool, string>> = {
  pip: `simple/${NO_PACKAGE}/`,
  npm: '-/ping',
  maven: `${NO_PACKAGE}/${NO_PACKAGE}/maven-metadata.xml`,
  cargo: 'config.json',
};

const ATTEMPTS = 3;
/** Milliseconds without a byte after which an attempt has failed. */
const IDLE = 10_000;

export interface ReadContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function openTransport(userAgent: string, environment: NodeJS.ProcessEnv, signal: AbortSignal): Transport {
  return createTransport({
    environment,
    userAgent,
    signal,
    dial: directDialler({
      who: 'CodeArtifact',
      strayed: {
        cause: 'the endpoint of the repository is one of the real AWS',
        next: 'Unset AWS_ENDPOINT_URL to use the real AWS',
      },
    }),
  });
}

/**
 * Reads from the repository as a tool would, with the token.
 *
 * @throws RegionUnusable when the login does not work, or nothing answers
 */
export async function checkRead(login: RegionLogin, tool: Tool, context: ReadContext): Promise<void> {
  for (let failures = 1; ; failures++) {
    const result = await readOnce(login, tool, context.transport);
    if (result === undefined) return;
    const pause = failures < ATTEMPTS && result.mayPass ? pauseAfter(failures, context.clock.now()) : undefined;
    if (pause === undefined) throw result.error;
    await context.clock.sleep(pause, context.signal);
  }
}

async function readOnce(
  login: RegionLogin,
  tool: Tool,
  transport: Transport,
): Promise<{ readonly error: RegionUnusable; readonly mayPass: boolean } | undefined> {
  const url = new URL(READS[tool], endpointOf(login, tool));
  const authorization =
    tool === 'npm' || tool === 'cargo'
      ? `Bearer ${login.token}`
      : `Basic ${Buffer.from(`aws:${login.token}`).toString('base64')}`;
  try {
    const answer = await transport.send({ method: 'GET', url, headers: { authorization }, idle: IDLE });
    discard(answer);
    const { status } = answer;
    if ((status >= 200 && status < 300) || status === 404) return undefined;
    return { error: refusal(status, tool), mayPass: mayPassStatus(status) };
  } catch (error) {
    if (!(error instanceof ConnectionFailed)) throw error;
    const message = `${url.host} could not be reached: ${errorMessage(error)}`;
    const advice = {
      likely: 'the Region has a fault, or the network or the proxy of this machine leads elsewhere',
      next: "Check the network and HTTPS_PROXY, or name further Regions in 'replicas'",
    };
    return { error: new RegionUnusable(message, advice, error), mayPass: mayPassError(error) };
  }
}

function refusal(status: number, tool: Tool): RegionUnusable {
  if (status === 401) {
    return new RegionUnusable(`the token is not taken for ${tool} (HTTP 401)`, {
      likely: 'the token has ended already, or is of another domain',
      next: "Check the clock of this machine, 'domain' and 'duration', and run again",
    });
  }
  if (status === 403) {
    return new RegionUnusable(`reading is not allowed for ${tool} (HTTP 403)`, {
      likely:
        'the role, or the policy of the repository or of the domain, does not allow codeartifact:ReadFromRepository',
      next: 'Compare the role with the minimal policy in the README of the scenario, and look at the policies of the repository and the domain',
    });
  }
  return new RegionUnusable(`a read for ${tool} was answered with HTTP ${status}`, {
    likely: 'the service has a fault there',
    next: "Run again later, or name further Regions in 'replicas'",
  });
}
