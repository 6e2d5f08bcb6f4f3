import { logLines, oneLine } from './log-text.ts';

/** Properties of a workflow command that marks a place in a file. */
export interface CommandProperties {
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
}

/**
 * One workflow command as a line for the runner, for example `::error file=a.ts,line=3::text`.
 * Source: GitHub Docs, "Workflow commands for GitHub Actions"; the escapes are those of actions/runner's ActionCommand.
 */
export function workflowCommand(name: string, message: string, properties: CommandProperties = {}): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name}${list.length === 0 ? '' : ` ${list.join(',')}`}::${escapeData(message)}`;
}

/**
 * Lines of plain log text. Text in a log may come from outside, and the runner takes `::name::` at a line's beginning and
 * the older `##[name]` anywhere in a line as commands; a zero-width space keeps it from doing so.
 */
export function plainLines(message: string): string[] {
  return logLines(message).map((line) =>
    line.replace(/^([^\x21-\x7e]*:)(?=:)/, '$1\u200b').replaceAll('##[', '##\u200b['),
  );
}

/** The title of a fold, on one line. */
export function groupTitle(title: string): string {
  return oneLine(title);
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
