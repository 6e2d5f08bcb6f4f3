/** Files that hold metadata are held in memory. The largest ones known to us are of some hundred kilobytes. */
export const MAX_METADATA_BYTES = 8 * 1024 ** 2;

/** A longer README is left out: it is there to be shown, and a registry cuts or refuses it. */
export const MAX_README_BYTES = 1024 ** 2;

const GIBIBYTE = 1024 ** 3;
const USUAL_RATIO = 200;

/** How much an archive may hold unpacked: what holds more was made to keep a reader busy. `packed` is in bytes. */
export function maxUnpacked(packed: number): number {
  return Math.max(GIBIBYTE, USUAL_RATIO * packed);
}
