import { appendFile, stat } from 'node:fs/promises';
import { OperationFailed } from '../errors.ts';
import { capMarkdown } from '../report/cap.ts';
import { parseJsonFile } from './files.ts';
import { connectGithub, orNote } from './github-api.ts';
import { groupTitle, plainLines, workflowCommand } from './github-command.ts';
import { appendToCommandFile } from './github-command-file.ts';
import { githubSurroundings } from './github-surroundings.ts';
import type {
  Annotation,
  DeploymentState,
  Finding,
  Host,
  HostResult,
  ImagePackage,
  ImagePlace,
  Json,
  Log,
  RegistryLogin,
  Surroundings,
} from './host.ts';
import { Masks } from './masks.ts';
import type { HostOptions } from './options.ts';
import { checkOutputs } from './outputs.ts';
import { writeRecord } from './records.ts';

/** GitHub drops a step's summary above 1 MiB as a whole; this leaves room. */
const SUMMARY_BYTES = 1_000_000;

/** The host for a step of a GitHub workflow. */
export function githubHost(options: HostOptions): Host {
  return new GithubHost(options);
}

class GithubHost implements Host {
  readonly name = 'github';
  readonly log: Log;
  readonly workspace: string;
  readonly #options: HostOptions;
  readonly #masks = new Masks();
  readonly #state = new Map<string, Json>();
  #surroundings: Promise<Surroundings> | undefined;
  #groups = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    this.workspace = options.environment.GITHUB_WORKSPACE || options.cwd;
    this.log = {
      debug: (message) => this.#print(workflowCommand('debug', message)),
      info: (message) => {
        if (!options.flags.quiet) for (const line of plainLines(message)) this.#print(line);
      },
      warning: (message) => this.#print(workflowCommand('warning', message)),
      error: (message) => this.#print(workflowCommand('error', message)),
      group: (title, work) => this.#group(title, work),
    };
  }

  rawInput(name: string): string | undefined {
    const variable = `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
    // Shells and some runners cannot pass a variable with a hyphen.
    const text = [variable, variable.replaceAll('-', '_')]
      .map((key) => (this.#options.environment[key] ?? '').trim())
      .find((value) => value !== '');
    if (text !== undefined && this.#options.secretInputs?.has(name)) this.mask(text);
    return text;
  }

  surroundings(): Promise<Surroundings> {
    this.#surroundings ??= githubSurroundings(this.#options.environment);
    return this.#surroundings;
  }

  async branches(): Promise<ReadonlySet<string>> {
    const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository = '' } =
      this.#options.environment;
    const token = this.#token();
    const { listBranches } = await import('./git-branches.ts');
    return await listBranches({
      remote: `${server}/${repository}.git`,
      cwd: this.#options.cwd,
      environment: this.#options.environment,
      ...(token === undefined ? {} : { basicAuth: { user: 'x-access-token', token, url: `${server}/` } }),
    });
  }

  annotate({ level, message, title, file, line }: Annotation): void {
    const place = { ...(title && { title }), ...(file && { file }), ...(line !== undefined && { line }) };
    this.#print(workflowCommand(level, message, place));
  }

  async setOutputs(outputs: Readonly<Record<string, string>>): Promise<void> {
    checkOutputs(outputs);
    await appendToCommandFile(this.#options.environment, 'GITHUB_OUTPUT', outputs);
  }

  async summary(markdown: string): Promise<void> {
    const file = this.#options.environment.GITHUB_STEP_SUMMARY ?? '';
    if (file === '') return;
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    const text = this.#masks.redact(markdown.endsWith('\n') ? markdown : `${markdown}\n`);
    const fitting = capMarkdown(text, { limit: Math.max(0, SUMMARY_BYTES - size), unit: 'bytes' });
    if (fitting === '') this.log.warning("The step's summary is full; a part of the report is left out of it.");
    else await appendFile(file, fitting);
  }

  async comment(key: string, markdown: string): Promise<HostResult> {
    const repository = await connectGithub(this.#options.environment, this.#token());
    if ('note' in repository) return { done: false, note: `No comment was written: ${repository.note}` };
    const { event } = await this.surroundings();
    return await orNote('No comment was written', 'pull-requests: write', async () => {
      const { putGithubComment } = await import('./github-comment.ts');
      return await putGithubComment(repository, event, key, this.#masks.redact(markdown));
    });
  }

  async deployment(state: DeploymentState): Promise<HostResult> {
    const repository = await connectGithub(this.#options.environment, this.#token());
    if ('note' in repository) return { done: false, note: `No deployment was recorded: ${repository.note}` };
    const { runUrl } = await this.surroundings();
    return await orNote('No deployment was recorded', 'deployments: write', async () => {
      const { putGithubDeployment } = await import('./github-deployment.ts');
      return await putGithubDeployment(repository, state, runUrl);
    });
  }

  mask(secret: string): void {
    if (this.#masks.add(secret)) this.#options.stdout.write(`${workflowCommand('add-mask', secret)}\n`);
  }

  async identityToken(audience: string): Promise<string | undefined> {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = this.#options.environment;
    // The runner sets both only for a job with `permissions: id-token: write`.
    if (!url || !token) return undefined;
    const { getIDToken } = await import('@actions/core');
    try {
      return await getIDToken(audience);
    } catch (error) {
      throw new OperationFailed(
        {
          what: `GitHub gave no identity token for '${audience}': ${error instanceof Error ? error.message : String(error)}`,
          cause: "GitHub's token service did not answer, or the job's time for asking is over",
          next: 'Run the job again',
        },
        { cause: error },
      );
    }
  }

  async registryLogin(registry: string): Promise<RegistryLogin | undefined> {
    const { githubRegistryLogin } = await import('./github-registry.ts');
    return githubRegistryLogin(this.#options.environment, this.#token(), registry);
  }

  async imagePackage(repository: ImagePlace): Promise<ImagePackage | undefined> {
    const { isGithubRegistry } = await import('./github-registry.ts');
    if (!isGithubRegistry(this.#options.environment, repository.registry)) return undefined;
    const connected = await connectGithub(this.#options.environment, this.#token());
    if ('note' in connected) throw await noPackages(repository, connected.note);
    const { githubPackage } = await import('./github-packages.ts');
    return githubPackage(connected.octokit, repository);
  }

  async inspect(): Promise<readonly Finding[]> {
    const { inspectGithub } = await import('./github-inspect.ts');
    return await inspectGithub(this.#options.environment, this.#token());
  }

  record(name: string, value: Json): Promise<string> {
    return writeRecord(this.workspace, name, value);
  }

  async saveState(operation: string, state: Json): Promise<void> {
    this.#state.set(operation, state);
    await appendToCommandFile(this.#options.environment, 'GITHUB_STATE', {
      [stateName(operation)]: JSON.stringify(state),
    });
  }

  async savedState(operation: string): Promise<Json | undefined> {
    if (this.#state.has(operation)) return this.#state.get(operation);
    const variable = `STATE_${stateName(operation)}`;
    const text = this.#options.environment[variable] ?? '';
    return text === '' ? undefined : (parseJsonFile(text, variable, 'The saved state') as Json);
  }

  #token(): string | undefined {
    return this.rawInput('github-token') ?? (this.#options.environment.GITHUB_TOKEN?.trim() || undefined);
  }

  /** The runner masks by itself, but a mask of ours reaches it only with its next line. */
  #print(line: string): void {
    this.#options.stdout.write(`${this.#masks.redact(line)}\n`);
  }

  /** Groups do not nest: a group inside another is only a line, so that the outer one stays folded as a whole. */
  async #group<T>(title: string, work: () => Promise<T>): Promise<T> {
    const outermost = this.#groups === 0;
    this.#print(outermost ? workflowCommand('group', groupTitle(title)) : (plainLines(title)[0] ?? ''));
    this.#groups += 1;
    try {
      return await work();
    } finally {
      this.#groups -= 1;
      if (outermost) this.#print(workflowCommand('endgroup', ''));
    }
  }
}

async function noPackages({ registry, path }: ImagePlace, note: string): Promise<Error> {
  const { PackageError } = await import('./package-error.ts');
  return new PackageError('denied', { what: `The images of ${registry}/${path} cannot be listed: ${note}` });
}

function stateName(operation: string): string {
  return `headgate_${operation.replace(/[^A-Za-z0-9_-]/g, '_')}`;
}
