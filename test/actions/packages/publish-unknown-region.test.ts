import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { plan } from '../../../actions/packages/publish/hooks.ts';
import type { PublishContext } from '../../../actions/packages/publish.ts';
import { connectAws } from '../../../lib/aws/clients.ts';
import { DOMAIN } from '../../local-aws/codeartifact-client.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { quickClock } from '../../support/test-clock.ts';
import { writeSample } from './publish-samples.ts';
import { openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REPLICAS, REPOSITORY } from './workplace.ts';

let place: PublishWorkplace;

beforeAll(async () => {
  place = await openPublishWorkplace();
  await place.reset();
}, 300_000);
afterAll(() => place?.stop());

test('a Region without the service is named, and nothing is written anywhere', async () => {
  const [, UNKNOWN] = REPLICAS;
  const sample = await writeSample(place.root, 'pypi');
  const real = connectAws({
    region: PRIMARY,
    roleToAssume: undefined,
    allowedAccountIds: [],
    identityToken: async () => undefined,
    userAgent: { version: '1.2.3', operation: 'packages publish' },
  });
  const notFound = async () => {
    const message = `getaddrinfo ENOTFOUND codeartifact.${UNKNOWN}.amazonaws.com`;
    throw Object.assign(new Error(message), { code: 'ENOTFOUND' });
  };
  const elsewhere = real.at({ region: UNKNOWN });
  const client = await elsewhere.codeArtifact();
  Object.assign(client, { describePackageVersion: notFound, describePackage: notFound });
  const host = memoryHost();
  const context = {
    operation: 'packages publish',
    version: '1.2.3',
    inputs: {
      domain: DOMAIN,
      'domain-owner': undefined,
      repository: REPOSITORY,
      replicas: REPLICAS,
      files: sample.inputs.files?.split('\n') ?? [],
      mode: 'primary-first',
      quorum: 1,
      'on-failure': 'keep',
      parallel: 4,
    },
    host,
    log: host.log,
    aws: {
      ...real,
      region: PRIMARY,
      at: (to: { region?: string }) => (to.region === UNKNOWN ? elsewhere : real.at(to)),
    },
    clock: quickClock,
    workspace: place.root,
    signal: new AbortController().signal,
  } as unknown as PublishContext;
  const since = place.lastCall();
  try {
    await expect(plan(context)).rejects.toMatchObject({
      explanation: {
        what: expect.stringContaining(`${UNKNOWN}: the service has no address there`),
        cause: expect.stringContaining('CodeArtifact is not offered in this Region'),
        next: expect.stringContaining('Nothing was published in any Region'),
      },
    });
  } finally {
    host.remove();
  }
  expect(place.writes(since)).toEqual([]);
});
