import { createHash } from 'node:crypto';
import { clientOf, DOMAIN, type Scene } from './scene.ts';

/** Packages that are published at the same time in each Region. */
const AT_ONCE = 16;

/** Makes a repository in each Region, with so many generic packages of one small file: the same ones in all of them. */
export async function fillRepositories(
  { aws }: Scene,
  regions: readonly string[],
  repository: string,
  packages: number,
): Promise<void> {
  await Promise.all(
    regions.map(async (region) => {
      const client = clientOf(aws, region);
      await client.createRepository({ domain: DOMAIN, repository });
      let next = 0;
      const work = async () => {
        while (next < packages) {
          const n = next++;
          const content = Buffer.from(`content of ${n}`);
          await client.publishPackageVersion({
            domain: DOMAIN,
            repository,
            format: 'generic',
            namespace: 'bench',
            package: `tool-${n}`,
            packageVersion: '1.0.0',
            assetName: 'tool.bin',
            assetContent: content,
            assetSHA256: createHash('sha256').update(content).digest('hex'),
          });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      client.destroy();
    }),
  );
}
