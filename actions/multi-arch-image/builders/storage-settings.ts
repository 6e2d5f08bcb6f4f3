import { existsSync } from 'node:fs';
import { onPath } from './choose-tool.ts';

/** How buildah and Podman run commands and keep images; what is undefined is left to the tool. */
export interface StorageSettings {
  readonly isolation: string | undefined;
  readonly storageDriver: string | undefined;
}

/** What the choice rests on. */
export interface MachineFacts {
  readonly environment: NodeJS.ProcessEnv;
  readonly isRoot: boolean;
  readonly isContainer: boolean;
  /** `/dev/fuse` is there, so that overlay works where the kernel allows no mounts. */
  readonly hasFuse: boolean;
  /** runc or crun is installed. */
  readonly hasRuntime: boolean;
}

export function machineFacts(environment: NodeJS.ProcessEnv): MachineFacts {
  return {
    environment,
    isRoot: process.getuid?.() === 0,
    isContainer:
      existsSync('/.dockerenv') ||
      existsSync('/run/.containerenv') ||
      environment.KUBERNETES_SERVICE_HOST !== undefined ||
      environment.container !== undefined,
    hasFuse: existsSync('/dev/fuse'),
    hasRuntime: onPath('crun', environment) || onPath('runc', environment),
  };
}

/**
 * The settings for `auto`: what BUILDAH_ISOLATION and STORAGE_DRIVER say counts. Without them, a job that is root in a
 * container gets `chroot`, because it may make no namespaces there, and so does a machine without an OCI runtime. A
 * container without `/dev/fuse` gets `vfs`, because overlay in overlay does not work.
 */
export function storageSettings(
  asked: { readonly isolation: string; readonly storageDriver: string },
  { environment, isRoot, isContainer, hasFuse, hasRuntime }: MachineFacts,
): StorageSettings {
  const isolation = environment.BUILDAH_ISOLATION || !((isRoot && isContainer) || !hasRuntime) ? undefined : 'chroot';
  const storageDriver = environment.STORAGE_DRIVER || !isContainer || hasFuse ? undefined : 'vfs';
  return {
    isolation: asked.isolation === 'auto' ? isolation : asked.isolation,
    storageDriver: asked.storageDriver === 'auto' ? storageDriver : asked.storageDriver,
  };
}
