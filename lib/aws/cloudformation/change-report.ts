import type { Change } from '@aws-sdk/client-cloudformation';
import { type Content, code, details, Markdown, table } from '../../report/markdown.ts';
import { type ChangeCause, type ChangeRow, type ChangeRowOptions, changeHeadline, changeRows } from './change-rows.ts';

export { type ChangeCause, type ChangeRow, type ChangeRowOptions, changeHeadline, changeRows } from './change-rows.ts';

const MAX_CAUSES = 8;
const MAX_VALUE = 120;

/**
 * A change set as Markdown: a headline with counts, a table with removals and replacements first and marked, and what
 * changes nothing but tags folded away. The same changes in another order give the same text.
 */
export function changesMarkdown(changes: readonly Change[], options: ChangeRowOptions = {}): string {
  return rowsMarkdown(changeRows(changes, options));
}

/** The same from rows, for example those of a saved plan. Values are shown where the rows have them. */
export function rowsMarkdown(rows: readonly ChangeRow[]): string {
  const main = rows.filter(({ tagsOnly }) => !tagsOnly);
  const tags = rows.filter(({ tagsOnly }) => tagsOnly);
  const parts = [`**${changeHeadline(rows)}**\n`];
  if (main.length > 0) {
    parts.push(table(['Action', 'Resource', 'Type', 'Because of'], main.map(mainCells)));
  }
  if (tags.length > 0) {
    const cells = tags.map((row) => [name(row), code(row.type)]);
    const summary = `${tags.length} ${tags.length === 1 ? 'resource changes' : 'resources change'} tags only`;
    parts.push(details(summary, table(['Resource', 'Type'], cells)));
  }
  return parts.join('\n');
}

function mainCells(row: ChangeRow): readonly Content[] {
  const shown = row.causes.slice(0, MAX_CAUSES).map(causeText);
  const more = row.causes.length - shown.length;
  const causes = new Markdown([...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('<br>'));
  return [actionText(row), name(row), code(row.type), causes];
}

function name({ logicalId, physicalId }: ChangeRow): Markdown {
  return new Markdown(physicalId === undefined ? `${code(logicalId)}` : `${code(logicalId)}<br>${code(physicalId)}`);
}

function actionText({ action, replacement, policyAction }: ChangeRow): Markdown {
  if (action === 'remove') return new Markdown(`⚠️ **remove**${kept(policyAction, 'the resource')}`);
  if (replacement === 'yes') return new Markdown(`⚠️ **replace**${kept(policyAction, 'the old one')}`);
  if (replacement === 'conditional') return new Markdown(`⚠️ **perhaps replace**${kept(policyAction, 'the old one')}`);
  const words = {
    add: 'add',
    modify: 'change',
    import: 'import',
    dynamic: 'known when it runs',
    sync: 'bring into step',
  };
  return new Markdown(words[action]);
}

/** What a DeletionPolicy or UpdateReplacePolicy leaves of the old resource. */
function kept(policyAction: ChangeRow['policyAction'], what: string): string {
  if (policyAction?.endsWith('Retain')) return `, ${what} stays`;
  if (policyAction?.endsWith('Snapshot')) return ', a snapshot stays';
  return '';
}

function causeText({ path, recreation, entities, before, after }: ChangeCause): Markdown {
  const forced = { never: '', conditionally: ' (may replace)', always: ' (replaces)' }[recreation];
  const from = entities.length === 0 ? '' : ` from ${entities.map(code).join(', ')}`;
  const hasValues = before !== undefined || after !== undefined;
  const values = hasValues ? `: ${value(before)} → ${value(after)}` : '';
  return new Markdown(`${code(path)}${forced}${from}${values}`);
}

function value(text: string | undefined): Markdown {
  if (text === undefined || text === '') return new Markdown('nothing');
  return code(text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 3)}...` : text);
}
