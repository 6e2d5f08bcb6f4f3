import { errorMessage } from '../../../lib/errors.ts';
import { type Content, code, Markdown, table, text } from '../../../lib/report/markdown.ts';
import type { Cleaned } from './apply.ts';
import type { Removal } from './store.ts';
import type { RepositoryPlan } from './survey.ts';

/** Rows of a table: hosts cut summaries that are too long, and then the end is lost. */
const MAX_ROWS = 200;

/** What would go from each repository, and what stays and why. */
export function planReport(title: string, summary: string, repositories: readonly RepositoryPlan[]): string {
  return [
    `### ${title}`,
    text(summary),
    ...repositories.flatMap(({ repository, tags, manifests, kept, notes }) => [
      `#### ${code(repository)}`,
      ...rows(
        ['Goes', 'Why'],
        [
          ...tags.map(({ tag, reason }) => [code(tag), text(reason)]),
          ...manifests.map(({ digest, reason }) => [code(digest), text(reason)]),
        ],
      ),
      ...rows(
        ['Stays', 'Tags', 'Why'],
        kept.map(({ why, count, first }) => [
          new Markdown(`${first.map((tag) => code(tag)).join(', ')}${count > first.length ? ', …' : ''}`),
          String(count),
          text(why),
        ]),
      ),
      ...notes.map((note) => `- ${text(note)}`),
    ]),
  ].join('\n\n');
}

/** What went, what stayed after all, and what failed. */
export function cleanedReport(summary: string, cleaned: readonly Cleaned[]): string {
  return [
    '### Clean',
    text(summary),
    ...cleaned.flatMap(({ repository, items, error }) => [
      `#### ${code(repository)}`,
      ...(error === undefined ? [] : [text(errorMessage(error))]),
      ...rows(
        ['What', 'Outcome', 'Why'],
        // What did not go is what one looks for.
        [...items]
          .sort((one, other) => order(one.removal) - order(other.removal))
          .map(({ name, removal }) => [code(name), removal.outcome, text(whyOf(removal))]),
      ),
    ]),
  ].join('\n\n');
}

const ORDER = ['failed', 'kept', 'removed'];

function order({ outcome }: Removal): number {
  return ORDER.indexOf(outcome);
}

function whyOf(removal: Removal): string {
  if (removal.outcome === 'kept') return removal.why;
  return removal.outcome === 'failed' ? errorMessage(removal.error) : '';
}

function rows(headers: readonly string[], lines: readonly (readonly Content[])[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MAX_ROWS;
  const shown = table(headers, lines.slice(0, MAX_ROWS)).trimEnd();
  return [more > 0 ? `${shown}\n\n${more} more; the result file has all.` : shown];
}
