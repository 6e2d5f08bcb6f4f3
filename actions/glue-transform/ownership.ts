import { knownSourceRepository } from '../../lib/branches/source-repository.ts';
import type { Context } from '../../lib/operation/define.ts';
import { quote } from '../../lib/operation/inputs.ts';
import { ownerOf, type TransformState } from './assets/state.ts';
import type { PLACE_INPUTS } from './place-inputs.ts';

const BY_HAND = 'by-hand';

/** Whose transforms this run publishes: the repository, or `by-hand` where a run is in none. */
export async function ownerOfRun({
  inputs,
  host,
}: Pick<Context<typeof PLACE_INPUTS>, 'inputs' | 'host'>): Promise<string> {
  return knownSourceRepository(inputs.repository, await host.surroundings()) ?? BY_HAND;
}

/** What keeps a run from touching a transform; undefined when it is its own, or there is none. */
export function objectionTo(name: string, state: TransformState, owner: string): string | undefined {
  const found = ownerOf(state);
  if (found === undefined || found === owner) return undefined;
  if (found === null) return `${name} was uploaded by hand or by another tool`;
  return found === BY_HAND
    ? `${name} was published by hand, outside of any repository`
    : `${name} belongs to ${quote(found)}`;
}
