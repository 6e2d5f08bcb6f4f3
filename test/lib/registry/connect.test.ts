import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { connectAws } from '../../../lib/aws/clients.ts';
import { connectRegistry } from '../../../lib/registry/connect.ts';
import { type MemoryHost, memoryHost } from '../../support/memory-host.ts';
import { type MisbehavingRegistry, startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { jumpingClock } from '../../support/test-clock.ts';
import { pushImage, tag } from './client-context.ts';

const { test, path } = requires('docker-registry', 'the client signs in to a real registry');

const LOGIN = { username: 'robot', password: 'pass:word' };

describe('the client of an operation', () => {
  let server: TestRegistry;
  let seen: MisbehavingRegistry;
  let host: MemoryHost;

  beforeEach(async () => {
    if (path === '') return;
    server = await startRegistry({ auth: LOGIN });
    seen = await startMisbehavingRegistry(server.host);
    host = memoryHost({ registryLogins: { [seen.host]: LOGIN } });
  });
  afterEach(async () => {
    host?.remove();
    await seen?.close();
    await server?.stop();
  });

  function connect(environment: NodeJS.ProcessEnv = {}) {
    const own = { HOME: host.workspace, XDG_RUNTIME_DIR: host.workspace, ...environment };
    return connectRegistry({
      aws: connectAws({
        region: undefined,
        roleToAssume: undefined,
        allowedAccountIds: [],
        identityToken: async () => undefined,
        userAgent: { version: '1.2.3', operation: 'multi-arch-image assemble' },
        environment: own,
      }),
      host,
      log: host.log,
      clock: jumpingClock(),
      signal: new AbortController().signal,
      version: '1.2.3',
      operation: 'multi-arch-image assemble',
      environment: own,
    });
  }

  test("signs in with the host's login and says who it is", async () => {
    const registry = connect();
    const shop = { registry: seen.host, path: 'acme/shop' };
    const { stored } = await pushImage(registry, shop);
    expect(await registry.manifest(shop, stored.digest)).toEqual(stored);
    expect(new Set(seen.headers.map((headers) => headers['user-agent']))).toEqual(
      new Set(['headgate/1.2.3 multi-arch-image.assemble']),
    );
    expect(host.masked).toContain(LOGIN.password);
    expect(host.lines.join('\n')).not.toContain(LOGIN.password);
    registry.close();
  });

  test('reaches this machine and no other registry while the local AWS is used', async () => {
    const registry = connect({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    const shop = { registry: seen.host, path: 'acme/shop' };
    expect(await registry.resolve(shop, tag('1.0'))).toBeUndefined();
    await expect(registry.resolve({ ...shop, registry: 'ghcr.io' }, tag('1.0'))).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringContaining('ghcr.io'),
    });
    registry.close();
  });
});
