import { connectRegistry } from '../../../lib/registry/connect.ts';
import { ecrRegistryOf } from '../../../lib/registry/credentials/ecr.ts';
import type { Repository } from '../../../lib/registry/reference.ts';
import type { CleanContext } from '../clean.ts';
import { imageOf } from '../image.ts';
import { copiesOf } from '../image-inputs.ts';
import type { ImageStore } from './store.ts';
import { openEcrStore } from './store-ecr.ts';
import { openGhcrStore } from './store-ghcr.ts';
import { openOciStore } from './store-oci.ts';

/** Opens the repository of the image and those of `copy-to`, in this order. Makes no call. */
export async function openStores(
  context: CleanContext,
): Promise<{ readonly stores: readonly ImageStore[]; readonly close: () => void }> {
  const { aws, inputs, host, signal } = context;
  const image = await imageOf(inputs, host);
  const repositories = [image, ...copiesOf(inputs['copy-to'], image)];
  const registry = connectRegistry(context);
  const open = async (repository: Repository): Promise<ImageStore> => {
    const ecr = ecrRegistryOf(repository.registry);
    if (ecr === undefined) {
      const settings = { registry, signal, parallel: inputs.parallel };
      const images = await host.imagePackage(repository);
      return images === undefined ? openOciStore(repository, settings) : openGhcrStore(repository, images, settings);
    }
    const client = await aws.at({ region: ecr.region }).ecr();
    const place = { ecr: client, account: ecr.account, name: repository.path, signal };
    return openEcrStore(repository, place, inputs.parallel);
  };
  return { stores: await Promise.all(repositories.map(open)), close: () => registry.close() };
}
