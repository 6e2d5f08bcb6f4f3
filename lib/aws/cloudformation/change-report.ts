import type { Change } from '@aws-sdk/client-cloudformation';
import { type Content, code, details, Markdown, table } from '../../report/markdown.ts';
import { type ChangeCause, type ChangeRow, changeHeadline, changeRows } from './change-rows.ts';

export { type ChangeCause, type ChangeRow, changeHeadline, changeRows } from './change-rows.ts';

export interface ChangeReportOptions {
  /** Show property values before and after. Off by default: values may be secret and nothing in a change set says so. */
  readonly values?: boolean;
  /** Parameters whose values are secret (NoEcho): what they cause is shown without values, `values` or not. */
  readonly noEcho?: Iterable<string>;
}

const MAX_CAUSES = 8;
const MAX_VALUE = 120;

/**
 * A change set as Markdown: a headline with counts, a table with removals and replacements first and marked, and what
 * changes nothing but tags folded away. The same changes in another order give the same text.
 */
export function changesMarkdown(changes: readonly Change[], options: ChangeReportOptions = {}): string {
  return rowsMarkdown(changeRows(changes), options);
}

/** The same for rows that were kept, for example in a plan. */
export function rowsMarkdown(rows: readonly ChangeRow[], options: ChangeReportOptions = {}): string {
  const noEcho = new Set(options.noEcho ?? []);
  const show = (cause: ChangeCause) => causeText(cause, options.values === true && !isSecret(cause, noEcho));
  const main = rows.filter(({ tagsOnly }) => !tagsOnly);
  const tags = rows.filter(({ tagsOnly }) => tagsOnly);
  const parts = [`**${changeHeadline(rows)}**\n`];
  if (main.length > 0) {
    parts.push(
      table(
        ['Action', 'Resource', 'Type', 'Because of'],
        main.map((row) => mainCells(row, show)),
      ),
    );
  }
  if (tags.length > 0) {
    const cells = tags.map((row) => [name(row), code(row.type)]);
    const summary = `${tags.length} ${tags.length === 1 ? 'resource changes' : 'resources change'} tags only`;
    parts.push(details(summary, table(['Resource', 'Type'], cells)));
  }
  return parts.join('\n');
}

function mainCells(row: ChangeRow, show: (cause: ChangeCause) => Markdown): readonly Content[] {
  const shown = row.causes.slice(0, MAX_CAUSES).map(show);
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

function causeText({ path, recreation, entities, before, after }: ChangeCause, withValues: boolean): Markdown {
  const forced = { never: '', conditionally: ' (may replace)', always: ' (replaces)' }[recreation];
  const from = entities.length === 0 ? '' : ` from ${entities.map(code).join(', ')}`;
  const hasValues = withValues && (before !== undefined || after !== undefined);
  const values = hasValues ? `: ${value(before)} → ${value(after)}` : '';
  return new Markdown(`${code(path)}${forced}${from}${values}`);
}

function value(text: string | undefined): Markdown {
  if (text === undefined || text === '') return new Markdown('nothing');
  return code(text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 3)}...` : text);
}

const SECRET = /pass|secret|token|credential|private_?key|api_?key|access_?key/i;

/** By where the value comes from, by the name of the property that it goes into, or by a name inside it. */
function isSecret({ path, entities, before = '', after = '' }: ChangeCause, noEcho: ReadonlySet<string>): boolean {
  return entities.some((entity) => noEcho.has(entity)) || [path, before, after].some((text) => SECRET.test(text));
}
