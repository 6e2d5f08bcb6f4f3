import { quote } from '../../../lib/operation/inputs.ts';

/** Base capacities. Source: Redshift management guide, "Compute capacity for Amazon Redshift Serverless". */
const CAPACITIES: readonly number[] = [
  4,
  ...Array.from({ length: 64 }, (_, n) => 8 * (n + 1)),
  ...Array.from({ length: 16 }, (_, n) => 512 + 32 * (n + 1)),
];

export const RPUS_FORM = '4, 8 to 512 in steps of 8, or to 1024 in steps of 32';

/** Says what is wrong with a text as a base capacity; undefined when nothing is. */
export function checkRpus(text: string): string | undefined {
  if (!/^\d{1,9}$/.test(text)) return `is not a number of RPUs; write ${RPUS_FORM}`;
  const rpus = Number(text);
  if (CAPACITIES.includes(rpus)) return undefined;
  const [first = 0, second = 0] = nearestCapacities(rpus);
  return `is not a base capacity of Redshift Serverless (${RPUS_FORM}); the nearest are ${first} and ${second}`;
}

/**
 * The RPUs of a text that `checkRpus` let pass.
 *
 * @throws Error for any other text, which is a defect of ours
 */
export function rpusOf(text: string): number {
  const problem = checkRpus(text);
  if (problem !== undefined) throw new Error(`${quote(text)} ${problem}`);
  return Number(text);
}

/** The two valid base capacities that are nearest to a number, the smaller first. */
export function nearestCapacities(rpus: number): readonly [number, number] {
  const above = CAPACITIES.findIndex((capacity) => capacity > rpus);
  const upper = Math.max(1, above < 0 ? CAPACITIES.length - 1 : above);
  return [CAPACITIES[upper - 1] ?? 0, CAPACITIES[upper] ?? 0];
}
