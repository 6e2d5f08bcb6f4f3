import { OperationFailed } from '../../errors.ts';
import type { HelperEntry } from './auth-files.ts';
import type { Credentials } from './credentials.ts';

const TIMEOUT_MILLISECONDS = 30_000;

/**
 * Asks a credential helper of Docker.
 * Source: docker-credential-helpers, README, "Development": the server on standard input, JSON on standard output.
 *
 * @returns undefined when it knows nothing about the server
 * @throws OperationFailed when it is missing or fails. What it wrote is in no message: it may be a secret
 */
export async function runCredentialHelper(
  { name, server, file }: HelperEntry,
  { environment, signal }: { readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Credentials | undefined> {
  const { execa } = await import('execa');
  const program = `docker-credential-${name}`;
  const failed = (why: string) =>
    new OperationFailed({
      what: `The credential helper '${program}', which '${file}' names, gave no login for ${server}: ${why}`,
      cause: 'it is not installed here, or it is not signed in itself',
      next: `Run 'echo ${server} | ${program} get' to see what it says, or take it out of the file`,
    });
  const result = await execa(program, ['get'], {
    input: server,
    env: environment,
    extendEnv: false,
    timeout: TIMEOUT_MILLISECONDS,
    cancelSignal: signal,
    reject: false,
  });
  signal.throwIfAborted();
  if (result.timedOut) throw failed(`it did not end within ${TIMEOUT_MILLISECONDS / 1000} seconds`);
  if (result.code === 'ENOENT') throw failed('it was not found');
  if (result.failed) {
    if (/credentials not found/i.test(`${result.stdout}${result.stderr}`)) return undefined;
    throw failed(result.exitCode === undefined ? 'it could not be run' : `it ended with ${result.exitCode}`);
  }
  const { Username: username, Secret: secret } = answerOf(result.stdout);
  if (typeof username !== 'string' || typeof secret !== 'string') throw failed('its answer is not what was agreed on');
  if (secret === '') return undefined;
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'basic', username, password: secret };
}

function answerOf(text: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
