import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mapBounded } from '../../lib/parallel.ts';
import { bucketNames, clientSettings } from './application.ts';
import type { Result } from './door.ts';
import { endOf, openScene, type Scene } from './fault-scene.ts';

// A bucket with thousands of versions and delete markers goes with its stack: memory does not grow with the bucket.

const VERSIONS = 3_000;
/** Objects of one call of DeleteObjects, and of one page of ListObjectVersions. */
const PAGE = 1_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  const bucket = `Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties: { VersioningConfiguration: { Status: Enabled } }
Outputs:
  Data: { Value: !Ref Data }
`;
  await scene.repository.commit({ 'bucket.yaml': bucket }, 'A bucket');
}, 180_000);
afterAll(async () => {
  await scene?.stop();
});

/** Deploys, puts so many versions (a third of them delete markers) into the bucket, and destroys. */
async function destroyWith(versions: number): Promise<Result & { readonly calls: number }> {
  const deployed = await scene.deploy({ template: 'bucket.yaml' });
  expect(endOf(deployed)).toBe('created');
  const { Data: bucket } = JSON.parse(deployed.outputs['stack-outputs'] ?? '{}') as { Data: string };
  const s3 = new S3({ ...clientSettings(scene.aws), forcePathStyle: true });
  await mapBounded(
    Array.from({ length: versions / 3 }, (_, n) => `folder ${n % 7}/über+${n}.txt`),
    16,
    async (Key) => {
      await s3.putObject({ Bucket: bucket, Key, Body: 'one' });
      await s3.putObject({ Bucket: bucket, Key, Body: 'two' });
      await s3.deleteObject({ Bucket: bucket, Key });
    },
  );
  s3.destroy();
  const from = scene.lastCall();
  const began = Date.now();
  const destroyed = await scene.destroy();
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const megabytes = ((destroyed.peakKilobytes ?? 0) / 1024).toFixed(0);
  // For people: a time is never asserted.
  process.stderr.write(`destroyed a bucket with ${versions} versions in ${seconds} s, peak ${megabytes} MB\n`);
  expect(endOf(destroyed)).toBe('destroyed');
  expect(await bucketNames(scene.aws)).not.toContain(bucket);
  return { ...destroyed, calls: scene.operations(from).filter((operation) => operation === 'DeleteObjects').length };
}

test(`a versioned bucket with ${VERSIONS} versions and markers is destroyed in flat memory`, async () => {
  const few = await destroyWith(300);
  const many = await destroyWith(VERSIONS);
  expect(many.calls).toBe(VERSIONS / PAGE);
  expect((many.peakKilobytes ?? 0) - (few.peakKilobytes ?? 0)).toBeLessThan(64 * 1024);
}, 120_000);
