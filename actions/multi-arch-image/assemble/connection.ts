import { connectRegistry, type RegistryContext } from '../../../lib/registry/connect.ts';
import type { Registry } from '../../../lib/registry/registry.ts';

/** The registries of one run. */
export interface Connection {
  readonly registry: Registry;
  /**
   * From now on cancelling the run stops no request any more. While tags are moved a request must not be given up on its
   * way: the registry may carry it out after it was asked where the tag stands. And putting back must work.
   */
  readonly hold: () => void;
}

/** Makes no call. */
export function connect({ host, clock, log, version, operation, signal, ...context }: RegistryContext): Connection {
  const controller = new AbortController();
  const cancel = () => controller.abort(signal.reason);
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  const registry = connectRegistry({
    ...context,
    host,
    clock,
    log,
    version,
    operation,
    signal: controller.signal,
  });
  return { registry, hold: () => signal.removeEventListener('abort', cancel) };
}
