import { badInput } from '../../../lib/errors.ts';
import { FILTER_INPUT } from './input-names.ts';
import { LAST_QUERY } from './stream-order.ts';

const ENTRY = /^(?<not>!?)(?<from>\d{1,9})(?:-(?<to>\d{1,9}))?$/;
const FORM = `write one query or range an entry, with numbers from 1 to ${LAST_QUERY}: '67', '1-99', '!14' or '!20-30'`;

interface Entry {
  readonly excludes: boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * What is wrong with an entry of a query filter, or undefined; for the `check` of a list input.
 *
 * @param entry `67`, `1-99`, `!14` or `!20-30`
 */
export function checkFilterEntry(entry: string): string | undefined {
  const parsed = parseEntry(entry);
  return typeof parsed === 'string' ? parsed : undefined;
}

/**
 * The queries to run, in ascending order: all that are included (all available ones, when no entry includes any) without
 * those that are excluded. The order of the entries makes no difference.
 *
 * @param available numbers of the queries that there are
 * @throws BadInput when nothing is left, or a query that is named by its own number is not available
 */
export function chooseQueries(filter: readonly string[], available: Iterable<number>): readonly number[] {
  const entries = filter.map((text) => {
    const parsed = parseEntry(text);
    if (typeof parsed === 'string') throw badInput(FILTER_INPUT, `'${text}' ${parsed}`);
    return parsed;
  });
  const inclusions = entries.filter(({ excludes }) => !excludes);
  const exclusions = entries.filter(({ excludes }) => excludes);
  const there = new Set(available);
  const missing = inclusions.filter(({ from, to }) => from === to && !there.has(from) && !covers(exclusions, from));
  if (missing.length > 0) {
    const numbers = [...new Set(missing.map(({ from }) => from))].sort(ascending);
    const which = numbers.length === 1 ? 'is no query' : 'are no queries';
    throw badInput(
      FILTER_INPUT,
      `there ${which} ${numbers.join(', ')} in what was given; add the text, or leave the number out`,
    );
  }
  const chosen = [...there]
    .filter((number) => inclusions.length === 0 || covers(inclusions, number))
    .filter((number) => !covers(exclusions, number))
    .sort(ascending);
  if (chosen.length === 0) {
    throw badInput(
      FILTER_INPUT,
      `${filter.map((entry) => `'${entry}'`).join(', ')} leaves no query to run; exclude less, or include more`,
    );
  }
  return chosen;
}

function parseEntry(text: string): Entry | string {
  // A YAML list reads `- !14` as a tag without a value.
  if (text === '') return `is empty; in a YAML list write an exclusion in quotes: - '!14'`;
  const groups = ENTRY.exec(text)?.groups;
  if (groups === undefined) return `is no query; ${FORM}`;
  const from = Number(groups.from);
  const to = Number(groups.to ?? groups.from);
  const unknown = [from, to].find((number) => number < 1 || number > LAST_QUERY);
  if (unknown !== undefined) return `names query ${unknown}, which does not exist; the queries are 1 to ${LAST_QUERY}`;
  if (from > to) return `is a range that ends before it begins; write '${groups.not}${to}-${from}'`;
  return { excludes: groups.not === '!', from, to };
}

function covers(entries: readonly Entry[], number: number): boolean {
  return entries.some(({ from, to }) => from <= number && number <= to);
}

function ascending(a: number, b: number): number {
  return a - b;
}
