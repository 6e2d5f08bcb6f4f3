import {
  type ChangeRow,
  changeHeadline,
  changeRows,
  looksSecret,
} from '../../../lib/aws/cloudformation/change-rows.ts';
import type { SettingDifference } from '../../../lib/aws/cloudformation/diff-settings.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import { type Content, code, details, Markdown, table, text } from '../../../lib/report/markdown.ts';
import { type Row, rowsTable } from '../rows.ts';
import { type DifferenceLines, differenceLines, type PropertyLine, type Values } from './lines.ts';
import type { Differences, DiffResult } from './read.ts';

const MAX_VALUE = 120;

/** The differences as Markdown: one part an account and Region, folded away among several. */
export function differencesReport(
  stackName: string,
  results: readonly DiffResult[],
  failures: readonly Row[],
  secret: ReadonlySet<string>,
): string {
  const done = compared(results);
  const [only] = done;
  const heading = `### Differences: stack ${code(stackName)}`;
  const failed = failures.length === 0 ? [] : [rowsTable(failures)];
  if (results.length === 1 && only !== undefined)
    return [heading, ...parts(only.value, secret), ...failed].join('\n\n');
  const overview = table(
    ['Where', 'Differences'],
    done.map(({ target, value }) => [code(target.label), text(headline(value))]),
  );
  const each = done
    .filter(({ value }) => value.isChanged || value.notes.length > 0)
    .map(({ target, value }) => details(`${target.label}: ${headline(value)}`, parts(value, secret).join('\n\n')));
  return [heading, ...(done.length === 0 ? [] : [overview]), ...each, ...failed].join('\n\n');
}

/** One line for all accounts and Regions. */
export function headlineOf(results: readonly DiffResult[]): string {
  const done = compared(results);
  const [only] = done;
  if (results.length === 1 && only !== undefined) return headline(only.value);
  const changed = done.filter(({ value }) => value.isChanged).length;
  return changed === 0 ? 'no changes anywhere' : `changes in ${changed} of ${results.length} places`;
}

function compared(results: readonly DiffResult[]) {
  return results.flatMap((result) => (result.kind === 'done' ? [result] : []));
}

function headline({ isRemade, isChanged, changes, existing }: Differences): string {
  if (isRemade) return `it is in ${existing?.status} and would be deleted and made again`;
  if (!isChanged) return 'no changes';
  if (changes.length === 0) return 'changes that touch no resource';
  return `${existing === undefined ? 'new stack, ' : ''}${changeHeadline(changeRows(changes))}`;
}

function parts(differences: Differences, secret: ReadonlySet<string>): string[] {
  const { parameters, tags, findings, notes, existing } = differences;
  const lines = differenceLines(differences, secret);
  return [
    `**${headline(differences)}**`,
    ...notes.map((note) => `> ${text(note)}`),
    ...resourceTables(lines, existing !== undefined),
    ...settingTable('Parameter', parameters),
    ...settingTable('Tag', tags),
    ...optionalTable(
      ['In the text of the template', 'Before', 'After'],
      lines.texts.map(({ place, values }) => [code(place), ...cells(values)]),
    ),
    ...optionalTable(
      ['Validation', 'Resource', 'Place', 'Finding'],
      findings.map(({ level, logicalId, path, reason }) => [level, code(logicalId), code(path ?? ''), text(reason)]),
    ),
  ];
}

function resourceTables({ properties, onlyTags }: DifferenceLines, stands: boolean): string[] {
  const headers = stands ? ['Action', 'Resource', 'Property', 'Before', 'After'] : ['Action', 'Resource'];
  const [tagTable] = optionalTable(
    ['Resource', 'Type'],
    onlyTags.map(({ logicalId, type }) => [code(logicalId), code(type)]),
  );
  const summary = `${onlyTags.length} ${onlyTags.length === 1 ? 'resource changes' : 'resources change'} tags only`;
  return [
    ...optionalTable(headers, properties.map(propertyCells)),
    ...(tagTable === undefined ? [] : [details(summary, tagTable)]),
  ];
}

function propertyCells({ row, path, recreation, values }: PropertyLine): readonly Content[] {
  const head = [actionText(row), new Markdown(`${code(row.logicalId)}<br>${code(row.type)}`)];
  if (path === undefined) return head;
  const forced = { never: '', conditionally: ' (may replace)', always: ' (replaces)' }[recreation ?? 'never'];
  return [...head, new Markdown(`${code(path)}${forced}`), ...cells(values)];
}

function actionText({ action, replacement }: ChangeRow): Content {
  if (action === 'remove') return new Markdown('⚠️ **remove**');
  if (replacement === 'yes') return new Markdown('⚠️ **replace**');
  if (replacement === 'conditional') return new Markdown('⚠️ **perhaps replace**');
  const words = {
    add: 'add',
    modify: 'change',
    import: 'import',
    dynamic: 'known when it runs',
    sync: 'bring into step',
  };
  return words[action];
}

function settingTable(what: string, differences: readonly SettingDifference[]): string[] {
  return optionalTable(
    [what, 'Before', 'After'],
    differences.map(({ name, before, after }) => [
      code(name),
      ...cells(looksSecret(name) ? { hidden: true } : { hidden: false, before, after }),
    ]),
  );
}

function optionalTable(headers: readonly string[], rows: readonly (readonly Content[])[]): string[] {
  return rows.length === 0 ? [] : [table(headers, rows)];
}

function cells(values: Values): readonly Content[] {
  return values.hidden
    ? [new Markdown('*hidden*'), new Markdown('*hidden*')]
    : [valueCell(values.before), valueCell(values.after)];
}

function valueCell(content: string | undefined): Content {
  if (content === undefined || content === '') return '–';
  return code(content.length > MAX_VALUE ? `${content.slice(0, MAX_VALUE - 3)}...` : content);
}

/** The same as plain lines, for a host that shows no report beside the log. */
export function differenceLogLines(differences: Differences, secret: ReadonlySet<string>): string[] {
  const { properties, onlyTags, texts } = differenceLines(differences, secret);
  const settings = [...differences.parameters, ...differences.tags].map(
    ({ name, ...values }) =>
      `${name}: ${plainValues(looksSecret(name) ? { hidden: true } : { hidden: false, ...values })}`,
  );
  const lines = [
    ...properties.map(({ row, path, values }) => {
      const word = row.replacement === 'no' ? row.action : row.replacement === 'yes' ? 'replace' : 'perhaps replace';
      return path === undefined
        ? `${word} ${row.logicalId} (${row.type})`
        : `${word} ${row.logicalId} (${row.type}) ${path}: ${plainValues(values)}`;
    }),
    ...onlyTags.map(({ logicalId, type }) => `tags of ${logicalId} (${type})`),
    ...settings,
    ...texts.map(({ place, values }) => `${place}: ${plainValues(values)}`),
  ];
  return [headline(differences), ...lines.map((line) => `  ${line}`)];
}

function plainValues(values: Values): string {
  if (values.hidden) return 'hidden';
  const shown = (content: string | undefined) => {
    if (content === undefined || content === '') return '–';
    // One line, whatever a template holds.
    const line = JSON.stringify(content).slice(1, -1);
    return line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE - 3)}...` : line;
  };
  return `${shown(values.before)} → ${shown(values.after)}`;
}

/** The same for the result file. */
export function differencesJson(results: readonly DiffResult[], secret: ReadonlySet<string>): Json[] {
  return compared(results).map(({ target, value }) => {
    const { properties, onlyTags, texts } = differenceLines(value, secret);
    const plain = {
      target: target.label,
      changed: value.isChanged,
      headline: headline(value),
      properties: properties.map(({ row, path, values }) => ({
        action: row.action,
        replacement: row.replacement,
        resource: row.logicalId,
        type: row.type,
        path,
        ...values,
      })),
      tagsOnly: onlyTags.map(({ logicalId }) => logicalId),
      parameters: value.parameters.filter(({ name }) => !looksSecret(name)),
      tags: value.tags.filter(({ name }) => !looksSecret(name)),
      texts: texts.map(({ place, values }) => ({ place, ...values })),
      findings: value.findings,
      notes: value.notes,
    };
    return JSON.parse(JSON.stringify(plain)) as Json;
  });
}
