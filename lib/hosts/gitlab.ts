import path from 'node:path';
import { errorMessage } from '../errors.ts';
import { capMarkdown } from '../report/cap.ts';
import { parseJsonFile, readIfPresent, replaceFile } from './files.ts';
import { codeQualityReport } from './gitlab-code-quality.ts';
import { dotenvText } from './gitlab-dotenv.ts';
import { gitlabSurroundings } from './gitlab-event.ts';
import { gitlabInput } from './gitlab-inputs.ts';
import { CODE_QUALITY, jobDirectory, OUTPUTS, SUMMARY, stateFile } from './gitlab-job-files.ts';
import type {
  Annotation,
  DeploymentState,
  Finding,
  Host,
  HostResult,
  ImagePackage,
  Json,
  Log,
  RegistryLogin,
  Surroundings,
} from './host.ts';
import { logLines, oneLine } from './log-text.ts';
import { Masks } from './masks.ts';
import type { HostOptions } from './options.ts';
import { checkOutputs } from './outputs.ts';
import { writeRecord } from './records.ts';

/** The summary is a file for people; it is cut as on GitHub, so that a report looks the same on both. */
const SUMMARY_BYTES = 1_000_000;
const ERASE_LINE = '\x1b[0K';
const COLOURS = { error: '\x1b[31;1m', warning: '\x1b[33;1m', notice: '\x1b[36;1m', title: '\x1b[1m' } as const;
const PLAIN = '\x1b[0m';

/** The host for a job of a GitLab pipeline. */
export function gitlabHost(options: HostOptions): Host {
  return new GitlabHost(options);
}

class GitlabHost implements Host {
  readonly name = 'gitlab';
  readonly log: Log;
  readonly workspace: string;
  readonly #options: HostOptions;
  readonly #masks = new Masks();
  readonly #annotations: Annotation[] = [];
  #reported = 0;
  #outputs: Readonly<Record<string, string>> = {};
  #sections = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    this.workspace = options.environment.CI_PROJECT_DIR || options.cwd;
    const debug = options.environment.HEADGATE_DEBUG === 'true' || options.environment.CI_DEBUG_TRACE === 'true';
    this.log = {
      debug: (message) => {
        if (debug) this.#print(message);
      },
      info: (message) => {
        if (!options.flags.quiet) this.#print(message);
      },
      warning: (message) => this.#print(`warning: ${message}`, COLOURS.warning),
      error: (message) => this.#print(`error: ${message}`, COLOURS.error),
      group: (title, work) => this.#section(title, work),
    };
  }

  rawInput(name: string): string | undefined {
    const secrets = this.#options.secretInputs ?? new Set<string>();
    const text = gitlabInput(this.#options.environment, name, secrets);
    if (text !== undefined && secrets.has(name)) this.mask(text);
    return text;
  }

  async surroundings(): Promise<Surroundings> {
    return gitlabSurroundings(this.#options.environment);
  }

  async branches(): Promise<ReadonlySet<string>> {
    const {
      CI_SERVER_URL: server = '',
      CI_PROJECT_PATH: project = '',
      CI_JOB_TOKEN: token,
    } = this.#options.environment;
    const { listBranches } = await import('./git-branches.ts');
    return await listBranches({
      remote: `${server}/${project}.git`,
      cwd: this.#options.cwd,
      environment: this.#options.environment,
      ...(token ? { basicAuth: { user: 'gitlab-ci-token', token, url: `${server}/` } } : {}),
    });
  }

  annotate(annotation: Annotation): void {
    const { level, message, title, file, line } = annotation;
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    this.#print(`${place}${level}: ${title === undefined ? '' : `${title}: `}${message}`, COLOURS[level]);
    if (file === undefined) return;
    this.#annotations.push({ ...annotation, message: this.#masks.redact(message) });
    // Once for all annotations of a loop; after that the process may exit at any time.
    if (this.#annotations.length === this.#reported + 1) queueMicrotask(() => this.#report());
  }

  async setOutputs(outputs: Readonly<Record<string, string>>): Promise<void> {
    checkOutputs(outputs);
    const all = { ...this.#outputs, ...outputs };
    const text = dotenvText(all);
    replaceFile(path.join(this.#jobDirectory(), OUTPUTS), text);
    this.#outputs = all;
  }

  async summary(markdown: string): Promise<void> {
    const file = path.join(this.#jobDirectory(), SUMMARY);
    const before = readIfPresent(file) ?? '';
    const text = this.#masks.redact(markdown.endsWith('\n') ? markdown : `${markdown}\n`);
    replaceFile(file, capMarkdown(before + text, { limit: SUMMARY_BYTES, unit: 'bytes' }));
  }

  async comment(key: string, markdown: string): Promise<HostResult> {
    const { putGitlabComment } = await import('./gitlab-comment.ts');
    const { event } = await this.surroundings();
    return await putGitlabComment(this.#options.environment, event, key, this.#masks.redact(markdown));
  }

  async deployment(_state: DeploymentState): Promise<HostResult> {
    return { done: false, note: "GitLab records it from the job's environment" };
  }

  /** GitLab cannot mask at run time (gitlab-runner #38464): only our own lines and reports are cleaned. */
  mask(secret: string): void {
    this.#masks.add(secret);
  }

  async identityToken(audience: string): Promise<string | undefined> {
    const { gitlabIdentityToken } = await import('./gitlab-identity.ts');
    return gitlabIdentityToken(this.#options.environment, audience);
  }

  async registryLogin(registry: string): Promise<RegistryLogin | undefined> {
    const { gitlabRegistryLogin } = await import('./gitlab-registry.ts');
    return gitlabRegistryLogin(this.#options.environment, registry);
  }

  /** GitLab's registry removes by itself what it is asked to. */
  async imagePackage(): Promise<ImagePackage | undefined> {
    return undefined;
  }

  async inspect(now: Date): Promise<readonly Finding[]> {
    const { inspectGitlab } = await import('./gitlab-inspect.ts');
    return await inspectGitlab(this.#options.environment, now);
  }

  record(name: string, value: Json): Promise<string> {
    return writeRecord(this.workspace, name, value);
  }

  async saveState(operation: string, state: Json): Promise<void> {
    replaceFile(path.join(this.#jobDirectory(), stateFile(operation)), `${JSON.stringify(state)}\n`);
  }

  async savedState(operation: string): Promise<Json | undefined> {
    const file = path.join(this.#jobDirectory(), stateFile(operation));
    const text = readIfPresent(file);
    return text === undefined ? undefined : (parseJsonFile(text, file, 'The saved state') as Json);
  }

  #jobDirectory(): string {
    return jobDirectory(this.workspace, this.#options.environment.CI_JOB_ID ?? '');
  }

  #report(): void {
    this.#reported = this.#annotations.length;
    try {
      replaceFile(path.join(this.#jobDirectory(), CODE_QUALITY), codeQualityReport(this.#annotations));
    } catch (error) {
      this.log.warning(`The code quality report was not written: ${errorMessage(error)}`);
    }
  }

  #print(message: string, colour?: string): void {
    for (const line of logLines(this.#masks.redact(message))) {
      this.#options.stdout.write(colour === undefined ? `${line}\n` : `${colour}${line}${PLAIN}\n`);
    }
  }

  /** Source: GitLab Docs, "Custom collapsible sections". Sections nest. */
  async #section<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#sections += 1;
    const name = `headgate_${this.#sections}`;
    const mark = (which: 'start' | 'end') =>
      `${ERASE_LINE}section_${which}:${Math.floor(Date.now() / 1000)}:${name}${which === 'start' ? '[collapsed=true]' : ''}\r${ERASE_LINE}`;
    this.#options.stdout.write(`${mark('start')}${COLOURS.title}${oneLine(this.#masks.redact(title))}${PLAIN}\n`);
    try {
      return await work();
    } finally {
      this.#options.stdout.write(`${mark('end')}\n`);
    }
  }
}
