import { plain } from '../report/plain.ts';
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
import { logLines } from './log-text.ts';
import { Masks } from './masks.ts';
import type { HostOptions } from './options.ts';
import { checkOutputs } from './outputs.ts';
import { writeRecord } from './records.ts';

const COLOURS = {
  error: '\x1b[31m',
  warning: '\x1b[33m',
  notice: '\x1b[36m',
  title: '\x1b[1m',
  faint: '\x1b[2m',
} as const;
const PLAIN = '\x1b[0m';

/** The host for a person at a terminal: progress on standard error, results on standard output. */
export function terminalHost(options: HostOptions): Host {
  return new TerminalHost(options);
}

class TerminalHost implements Host {
  readonly name = 'terminal';
  readonly log: Log;
  readonly workspace: string;
  readonly #options: HostOptions;
  readonly #masks = new Masks();
  readonly #state = new Map<string, Json>();
  #surroundings: Promise<Surroundings> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.workspace = options.cwd;
    const { quiet } = options.flags;
    const debug = /^(1|true)$/.test(options.environment.HEADGATE_DEBUG ?? '');
    this.log = {
      debug: (message) => {
        if (debug) this.#progress(message, COLOURS.faint);
      },
      info: (message) => {
        if (!quiet) this.#progress(message);
      },
      warning: (message) => this.#progress(`warning: ${message}`, COLOURS.warning),
      error: (message) => this.#progress(`error: ${message}`, COLOURS.error),
      group: async (title, work) => {
        if (!quiet) this.#progress(title, COLOURS.title);
        return await work();
      },
    };
  }

  /** Inputs are flags here, and those the process entry reads itself. */
  rawInput(_name: string): string | undefined {
    return undefined;
  }

  surroundings(): Promise<Surroundings> {
    // Starting git is the dearest thing at the terminal, and not every operation asks.
    this.#surroundings ??= import('./terminal-git.ts').then(({ gitSurroundings }) =>
      gitSurroundings(this.#options.cwd, this.#options.environment),
    );
    return this.#surroundings;
  }

  async branches(): Promise<ReadonlySet<string>> {
    const { listBranches } = await import('./git-branches.ts');
    return await listBranches({ remote: 'origin', cwd: this.#options.cwd, environment: this.#options.environment });
  }

  annotate({ level, message, title, file, line }: Annotation): void {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    this.#progress(`${place}${level}: ${title === undefined ? '' : `${title}: `}${message}`, COLOURS[level]);
  }

  async setOutputs(outputs: Readonly<Record<string, string>>): Promise<void> {
    checkOutputs(outputs);
    if (this.#options.flags.json) this.#options.stdout.write(`${JSON.stringify({ outputs })}\n`);
    else for (const [name, value] of Object.entries(outputs)) this.#result(`${name}=${value}`);
  }

  async summary(markdown: string): Promise<void> {
    const shown = plain(markdown).trimEnd();
    if (this.#options.flags.json) this.log.info(shown);
    else this.#result(shown);
  }

  async comment(_key: string, _markdown: string): Promise<HostResult> {
    return { done: false, note: 'No comment was written: there is no pull or merge request at the terminal' };
  }

  async deployment(_state: DeploymentState): Promise<HostResult> {
    return { done: false, note: 'No deployment was recorded: the terminal keeps no such records' };
  }

  mask(secret: string): void {
    this.#masks.add(secret);
  }

  async identityToken(_audience: string): Promise<string | undefined> {
    return undefined;
  }

  async registryLogin(_registry: string): Promise<RegistryLogin | undefined> {
    return undefined;
  }

  async imagePackage(): Promise<ImagePackage | undefined> {
    return undefined;
  }

  async inspect(): Promise<readonly Finding[]> {
    return [{ check: 'API token', status: 'ok', found: 'none is used: there is no pull or merge request here' }];
  }

  record(name: string, value: Json): Promise<string> {
    return writeRecord(this.workspace, name, value);
  }

  /** Cleanup runs in this process, so that nothing has to be left in the user's checkout. */
  async saveState(operation: string, state: Json): Promise<void> {
    this.#state.set(operation, state);
  }

  async savedState(operation: string): Promise<Json | undefined> {
    return this.#state.get(operation);
  }

  #progress(message: string, colour?: string): void {
    this.#write(this.#options.stderr, message, colour);
  }

  #result(message: string): void {
    this.#write(this.#options.stdout, message);
  }

  #write(stream: NodeJS.WritableStream, message: string, colour?: string): void {
    const coloured = colour !== undefined && isTerminal(stream) && !this.#options.environment.NO_COLOR;
    for (const line of logLines(this.#masks.redact(message))) {
      stream.write(coloured ? `${colour}${line}${PLAIN}\n` : `${line}\n`);
    }
  }
}

function isTerminal(stream: NodeJS.WritableStream): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
