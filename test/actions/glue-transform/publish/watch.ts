import { expect } from '@jest/globals';
import type { Shown } from './workplace.ts';

/** Whether a reader who sees these files sees whole versions only: no definition, or one with its own Python file. */
export function isWhole({ definition, python }: Shown, pairs: readonly Shown[]): boolean {
  if (definition === 'closed' || definition === 'absent') return true;
  return pairs.some((pair) => pair.definition === definition && pair.python === python);
}

export function expectWhole(shown: Shown, pairs: readonly Shown[], when: object = {}): void {
  expect({ ...when, shown, isWhole: isWhole(shown, pairs) }).toEqual({ ...when, shown, isWhole: true });
}

/** Looks again and again, and keeps what was not whole: a look amid a call must not fail there. */
export function watcher(look: () => Promise<Shown>, pairs: readonly Shown[]) {
  const torn: object[] = [];
  const seen = new Set<string>();
  return {
    look: async (when: object): Promise<void> => {
      const shown = await look();
      seen.add(`${shown.definition} ${shown.python}`);
      if (!isWhole(shown, pairs)) torn.push({ ...when, shown });
    },
    /** Different states that were seen. */
    states: () => seen.size,
    expectNothingTorn: () => expect(torn).toEqual([]),
  };
}
