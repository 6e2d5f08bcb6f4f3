import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OperationFailed } from '../errors.ts';

const run = promisify(execFile);
const TIMEOUT_MILLISECONDS = 60_000;
/** Room for some hundred thousand branches. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Where the branches of a repository are listed, and how git may get in. */
export interface BranchSource {
  /** A remote's name or its URL without credentials. */
  readonly remote: string;
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Sent as a header, so that it stands in no argument list. */
  readonly basicAuth?: { readonly user: string; readonly token: string; readonly url: string };
}

/**
 * The names of all branches that the host has now. `git ls-remote` gives all of them in one answer.
 *
 * @throws OperationFailed when they cannot be listed; whoever asks must then touch nothing
 */
export async function listBranches({
  remote,
  cwd,
  environment,
  basicAuth,
}: BranchSource): Promise<ReadonlySet<string>> {
  try {
    const { stdout } = await run('git', ['ls-remote', '--heads', '--', remote], {
      cwd,
      env: {
        ...environment,
        GIT_TERMINAL_PROMPT: '0',
        ...(basicAuth === undefined ? {} : authHeader(basicAuth, environment)),
      },
      timeout: TIMEOUT_MILLISECONDS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const names = stdout.split('\n').flatMap((line) => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []);
    return new Set(names);
  } catch (error) {
    throw new OperationFailed(
      {
        what: `The branches of ${remote} cannot be listed: ${gitMessage(error)}`,
        cause: 'the repository cannot be reached, or the token may not read it',
        next: "Give the job 'contents: read' and a token, or check out the repository; nothing was changed",
      },
      { cause: error },
    );
  }
}

/** git reads configuration from these variables (git-config(1), "ENVIRONMENT"); those of the job stay. */
function authHeader(
  { user, token, url }: NonNullable<BranchSource['basicAuth']>,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const credentials = Buffer.from(`${user}:${token}`).toString('base64');
  const count = Number(environment.GIT_CONFIG_COUNT ?? 0) || 0;
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${url}.extraheader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${credentials}`,
  };
}

function gitMessage(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message || String(error)).split('\n').slice(-2).join(' ');
}
