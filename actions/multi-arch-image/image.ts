import { badInput } from '../../lib/errors.ts';
import type { Host } from '../../lib/hosts/host.ts';
import { quote } from '../../lib/operation/inputs.ts';
import { parseRepository, type Repository } from '../../lib/registry/reference.ts';
import { checkRepository } from './image-inputs.ts';

/**
 * The repository of the image: the input, or the project's own registry where the host has one.
 *
 * @throws BadInput when neither is known
 */
export async function imageOf(
  inputs: { readonly image?: string | undefined },
  host: Pick<Host, 'surroundings'>,
): Promise<Repository> {
  const image = inputs.image ?? (await host.surroundings()).imageRepository;
  if (image === undefined) {
    throw badInput(
      'image',
      "is required, because this run is in no project with a registry of its own; write for example 'ghcr.io/acme/shop'",
    );
  }
  const reason = checkRepository(image);
  if (reason !== undefined) throw badInput('image', `${quote(image)} ${reason}`);
  return parseRepository(image);
}
