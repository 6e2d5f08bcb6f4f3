import { createTransport } from '../net/transport.ts';
import type { Context } from '../operation/define.ts';
import { dial } from './address.ts';
import { registryClient } from './client.ts';
import { credentialSource } from './credentials/credentials.ts';
import type { Registry } from './registry.ts';

/** What the registry client needs from outside. */
export type RegistryContext = Pick<Context, 'aws' | 'host' | 'clock' | 'signal' | 'log' | 'version' | 'operation'> & {
  /** Only for tests; otherwise the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv;
};

/**
 * The client for all registries. Makes no call.
 *
 * A registry on this machine (127.0.0.1, localhost, [::1]) is spoken to by http, every other one by https. With the local
 * AWS, ECR's names are reached through AWS_ENDPOINT_URL and every other registry on another machine is refused.
 */
export function connectRegistry(context: RegistryContext): Registry {
  const { clock, signal, log, version, operation } = context;
  const transport = createTransport({
    environment: context.environment ?? process.env,
    userAgent: `headgate/${version} ${operation.replaceAll(' ', '.')}`,
    dial,
    signal,
  });
  return registryClient({ transport, credentials: credentialSource(context), clock, signal, log });
}
