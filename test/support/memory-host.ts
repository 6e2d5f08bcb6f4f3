import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type {
  Annotation,
  DeploymentState,
  Finding,
  Host,
  HostResult,
  ImagePackage,
  Json,
  RegistryLogin,
  Surroundings,
} from '../../lib/hosts/host.ts';

/** A host that keeps everything it is told, with a temporary workspace. */
export interface MemoryHost extends Host {
  /** `level: message`, in the order of the calls. */
  readonly lines: string[];
  readonly annotations: Annotation[];
  readonly outputs: Record<string, string>;
  readonly summaries: string[];
  readonly comments: { readonly key: string; readonly markdown: string }[];
  readonly deployments: DeploymentState[];
  readonly masked: string[];
  /** What `saveState` saved, as the JSON text that a host would write. */
  readonly state: Map<string, string>;
  /** Removes the workspace. */
  remove(): void;
}

export interface MemoryHostOptions {
  readonly surroundings?: Surroundings;
  readonly branches?: ReadonlySet<string>;
  readonly identityToken?: string;
  /** By registry. */
  readonly registryLogins?: Readonly<Record<string, RegistryLogin>>;
  /** By repository (`registry/path`). */
  readonly imagePackages?: Readonly<Record<string, ImagePackage>>;
  readonly comment?: HostResult;
  readonly findings?: readonly Finding[];
  /** Thrown by `setOutputs`. */
  readonly outputsFail?: Error;
}

/** Makes a host that keeps what it is told in place of showing it. */
export function memoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-memory-'));
  const lines: string[] = [];
  const say = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const state = new Map<string, string>();
  const records = new Map<string, Json>();
  const host: MemoryHost = {
    name: 'terminal',
    workspace,
    lines,
    annotations: [],
    outputs: {},
    summaries: [],
    comments: [],
    deployments: [],
    masked: [],
    state,
    log: {
      debug: say('debug'),
      info: say('info'),
      warning: say('warning'),
      error: say('error'),
      group: async (title, work) => {
        say('group')(title);
        return await work();
      },
    },
    rawInput: () => undefined,
    branches: async () => options.branches ?? new Set(),
    surroundings: async () => options.surroundings ?? { event: { kind: 'manual' } },
    annotate: (annotation) => void host.annotations.push(annotation),
    setOutputs: async (outputs) => {
      if (options.outputsFail !== undefined) throw options.outputsFail;
      Object.assign(host.outputs, outputs);
    },
    summary: async (markdown) => void host.summaries.push(markdown),
    comment: async (key, markdown) => {
      host.comments.push({ key, markdown });
      return options.comment ?? { done: true };
    },
    deployment: async (deployment) => {
      host.deployments.push(deployment);
      return { done: true };
    },
    mask: (secret) => void host.masked.push(secret),
    identityToken: async () => options.identityToken,
    registryLogin: async (registry) => options.registryLogins?.[registry],
    imagePackage: async ({ registry, path: name }) => options.imagePackages?.[`${registry}/${name}`],
    inspect: async () => options.findings ?? [],
    record: async (name, value) => {
      records.set(name, value);
      return path.join(workspace, '.headgate', 'records', `${name}.json`);
    },
    saveState: async (operation, value) => void state.set(operation, JSON.stringify(value)),
    savedState: async (operation) => {
      const text = state.get(operation);
      return text === undefined ? undefined : (JSON.parse(text) as Json);
    },
    remove: () => rmSync(workspace, { recursive: true, force: true }),
  };
  return host;
}
