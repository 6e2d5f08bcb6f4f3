import { code, Markdown, table, text } from '../../../lib/report/markdown.ts';
import type { Entry, EntryParameter } from './entries.ts';

/** The catalogue as Markdown for GitHub and GitLab. */
export function catalogueMarkdown(title: string, entries: readonly Entry[]): string {
  const overview = table(
    ['Transform', 'Name', 'What it does'],
    entries.map(({ displayName, name, description }) => [displayName, code(name), description]),
  );
  return [`# ${text(title)}\n`, overview, ...entries.map(section)].join('\n');
}

function section({ displayName, name, description, functionName, files, parameters }: Entry): string {
  const facts = [
    `- Name: ${code(name)}`,
    `- Function: ${code(functionName)}`,
    `- Files: ${files.map((file) => code(file)).join(', ')}`,
  ];
  const listed =
    parameters.length === 0
      ? 'It has no parameters.\n'
      : table(['Parameter', 'Name', 'Type', 'Required', 'Description', 'Allowed'], parameters.map(row));
  return `## ${text(displayName)}\n\n${description === '' ? '' : `${text(description)}\n\n`}${facts.join('\n')}\n\n${listed}`;
}

function row({ displayName, name, type, isRequired, description, allowed }: EntryParameter) {
  const rules = allowed.map((rule) => `${text(rule.words)}${rule.code === undefined ? '' : ` ${code(rule.code)}`}`);
  return [displayName, code(name), type, isRequired ? 'yes' : 'no', description, new Markdown(rules.join('<br>'))];
}
