import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { main } from '../../../actions/main.ts';
import { machineArchitecture } from '../../../actions/multi-arch-image/machine.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../support/registry.ts';

/** What one run of an operation came to. */
export interface Run {
  readonly code: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Everything that was printed, the report too. */
  readonly log: string;
}

/** A checkout, a registry, and storage of buildah's that nothing else uses. */
export interface Workplace {
  readonly directory: string;
  readonly registry: TestRegistry;
  /** `127.0.0.1:<port>/acme/app`. */
  readonly image: string;
  write(files: Readonly<Record<string, string | Buffer>>): void;
  run(operation: 'build' | 'test', inputs?: Readonly<Record<string, string>>): Promise<Run>;
  /** Starts an operation as a process of its own, for signals. */
  spawn(operation: 'build' | 'test', inputs: Readonly<Record<string, string>>): Running;
  record(name: string): Readonly<Record<string, unknown>> | undefined;
  /** Containers and images in buildah's storage, and work folders: empty when a run has cleaned up. */
  leftovers(): string[];
  stop(): Promise<void>;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the log has this text. */
  saw(text: string): Promise<void>;
  ended(): Promise<{ readonly code: number | null; readonly log: string }>;
}

export const NATIVE = machineArchitecture();
/** An architecture that this machine does not run by itself. */
export const FOREIGN = NATIVE === 'arm64' ? 'amd64' : 'arm64';

class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export async function openWorkplace(options: RegistryOptions = {}): Promise<Workplace> {
  const registry = await startRegistry(options);
  const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-build-'));
  const own = mkdtempSync(path.join(os.tmpdir(), 'headgate-storage-'));
  // Work folders of other tests must not be taken for ours.
  const temporary = path.join(own, 'tmp');
  mkdirSync(temporary);
  const variables = {
    CONTAINERS_STORAGE_CONF: path.join(own, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: path.join(own, 'registries.conf'),
    DOCKER_CONFIG: path.join(own, 'docker'),
    TMPDIR: temporary,
  };
  writeFileSync(
    variables.CONTAINERS_STORAGE_CONF,
    `[storage]\ndriver = "vfs"\ngraphroot = "${own}/graph"\nrunroot = "${own}/run"\n`,
  );
  writeFileSync(variables.CONTAINERS_REGISTRIES_CONF, `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`);
  mkdirSync(variables.DOCKER_CONFIG);
  writeFileSync(path.join(variables.DOCKER_CONFIG, 'config.json'), '{}');
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  const { PATH = '', HOME = '' } = process.env;
  const image = `${registry.host}/acme/app`;
  const words = (operation: string, inputs: Readonly<Record<string, string>>) => [
    ...['multi-arch-image', operation, '--json'],
    ...Object.entries({ image, platform: NATIVE, ...inputs }).map(([name, value]) => `--${name}=${value}`),
  ];
  // The process of the test is no git repository of the image.
  const environment = { PATH, HOME, GIT_CEILING_DIRECTORIES: path.dirname(directory), ...variables };
  return {
    directory,
    registry,
    image,
    write: (files) => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
        writeFileSync(path.join(directory, name), content, { mode: 0o755 });
      }
    },
    run: async (operation, inputs = {}) => {
      const stdout = new Kept();
      const stderr = new Kept();
      const code = await main({ arguments: words(operation, inputs), environment, cwd: directory, stdout, stderr });
      const line = stdout.text.split('\n').find((text) => text.startsWith('{"outputs"')) ?? '{"outputs":{}}';
      const { outputs } = JSON.parse(line) as { outputs: Record<string, string> };
      return { code, outputs, log: `${stdout.text}\n${stderr.text}` };
    },
    spawn: (operation, inputs) => {
      const entry = path.resolve(import.meta.dirname, '../../../actions/main.ts');
      return follow(
        spawn(process.execPath, [entry, ...words(operation, inputs)], {
          cwd: directory,
          env: environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
    },
    record: (name) => {
      const file = path.join(directory, '.headgate', 'records', `${name}.json`);
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    },
    leftovers: () => [
      ...lines('buildah', 'containers', '--quiet'),
      ...lines('buildah', 'images', '--quiet', '--filter', 'reference=localhost/headgate-*'),
      ...readdirSync(temporary).filter((name) => name.startsWith('headgate-image-')),
    ],
    stop: async () => {
      for (const name of Object.keys(variables)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await registry.stop();
      for (const each of [directory, own]) rmSync(each, { recursive: true, force: true });
    },
  };
}

function lines(program: string, ...words: readonly string[]): string[] {
  // Without `env`, the child gets the variables that the process was started with, not those of the test.
  return execFileSync(program, words, { encoding: 'utf8', env: process.env })
    .split('\n')
    .filter((line) => line !== '');
}

function follow(child: ChildProcess): Running {
  let log = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      for (const look of waiting) look();
    });
  }
  const end = once(child, 'close');
  return {
    process: child,
    saw: (text) =>
      new Promise((resolve, reject) => {
        const look = () => log.includes(text) && resolve();
        waiting.add(look);
        look();
        void end.then(() => reject(new Error(`it ended without '${text}':\n${log}`)));
      }),
    ended: async () => {
      const [code] = (await end) as [number | null];
      return { code, log };
    },
  };
}

/** The shell of this machine with its libraries, by their place in an image: a base image without a network. */
export function shellFiles(): Readonly<Record<string, Buffer>> {
  const libraries = execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' }).match(/\/[^\s]+(?= \()/g) ?? [];
  return Object.fromEntries(['/bin/sh', ...libraries].map((file) => [file.slice(1), readFileSync(file)]));
}

/** Writes the shell into a folder of the checkout, to be copied by a Containerfile. */
export function writeShell(workplace: Workplace, folder: string): void {
  workplace.write(
    Object.fromEntries(Object.entries(shellFiles()).map(([name, content]) => [`${folder}/${name}`, content])),
  );
}

/** A manifest or a blob, as the registry gives it. */
export async function read(image: string, what: 'manifests' | 'blobs', reference: string): Promise<Response> {
  const [host, ...name] = image.split('/');
  return await fetch(`http://${host}/v2/${name.join('/')}/${what}/${reference}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
}

/** The configuration of a pushed image. */
export async function configOf(image: string, digest: string) {
  const manifest = (await (await read(image, 'manifests', digest)).json()) as {
    config: { digest: string };
    layers: { digest: string }[];
    annotations?: Record<string, string>;
  };
  const config = (await (await read(image, 'blobs', manifest.config.digest)).json()) as {
    architecture: string;
    os: string;
    created?: string;
    config: { Labels?: Record<string, string>; Env?: string[] };
  };
  return { manifest, config };
}

/** Shows the log of a run that did not succeed. */
export function succeeded({ code, log }: Pick<Run, 'code' | 'log'>): void {
  if (code !== 0) throw new Error(`it ended with ${code}:\n${log}`);
}

/** The ids of processes with a text in their command line. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}
