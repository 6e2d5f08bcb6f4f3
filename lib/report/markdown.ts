/**
 * Markdown that is ready to be published, as opposed to text from outside, which is a plain string. It fits into
 * template literals: `${code(branch)} is ready`.
 */
export class Markdown {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }
}

/** A string is text from outside and is escaped; `Markdown` is taken as it is. */
export type Content = string | Markdown;

/** Between a sign and a name it keeps hosts from seeing a mention or a reference. Invisible; `visible` lets none in. */
const BREAK = '\u200b';
const LINE_ENDS_AND_TABS = /[\t\r\n\u2028\u2029]+/g;

/**
 * Text from outside, for one line of Markdown on GitHub and GitLab. No markup, HTML, mention (`@name`), reference (`#1`,
 * `!1`, `GH-1`) or link comes from it; line ends become spaces. Names that a person may copy belong in `code`.
 */
export function text(value: string): Markdown {
  const escaped = escapeHtml(visible(value.replace(LINE_ENDS_AND_TABS, ' ').trim()))
    .replace(/[\\`*_{}[\]()|~$^!#]/g, (sign) => `\\${sign}`)
    // What begins a list, a heading line or a quick action, should this come first in its line.
    .replace(/^[-+=/]/, (sign) => `${BREAK}${sign}`)
    .replace(/^(\d+)\./, `$1${BREAK}.`);
  return new Markdown(breakReferences(escaped));
}

/** Text from outside as inline code: shown exactly, in a table too. Control characters are shown as escapes. */
export function code(value: string): Markdown {
  const shown = visible(value);
  if (shown === '') return new Markdown('');
  // A code span cannot hold every mix of backticks, and in a table none of backslash and pipe; HTML can.
  const asHtml = /[`|\\]/.test(shown) || shown.trim() !== shown;
  return new Markdown(asHtml ? `<code>${encodePunctuation(shown)}</code>` : `\`${shown}\``);
}

/** A link. An address that is not http or https is shown as code instead. */
export function link(label: Content, url: string): Markdown {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return code(url);
  // A backtick would begin a code span, which binds tighter than a link.
  const address = new URL(url).href.replace(/[<>|\\`\s]/g, percent).replaceAll('&', '&amp;');
  return new Markdown(`[${markdown(label)}](<${address}>)`);
}

/**
 * A table (GitHub Flavored Markdown, section 4.10). Rows are filled up or cut to the number of headers.
 * Ends with a line end.
 */
export function table(headers: readonly Content[], rows: readonly (readonly Content[])[]): string {
  const line = (cells: readonly Content[]) =>
    `| ${headers.map((_, column) => cell(cells[column] ?? '')).join(' | ')} |\n`;
  return `${line(headers)}|${' --- |'.repeat(headers.length)}\n${rows.map(line).join('')}`;
}

/** A folded part. `summary` is plain text; `body` is Markdown. Ends with a line end. */
export function details(summary: string, body: string): string {
  const title = breakReferences(escapeHtml(visible(summary.replace(LINE_ENDS_AND_TABS, ' '))));
  return `<details>\n<summary>${title}</summary>\n\n${body.trimEnd()}\n\n</details>\n`;
}

function markdown(content: Content): string {
  return typeof content === 'string' ? text(content).source : content.source;
}

function cell(content: Content): string {
  // `text` and `code` leave no bare pipe; Markdown made elsewhere may.
  return markdown(content)
    .replace(/[\r\n]+/g, ' ')
    .replace(/\\.|\|/g, (found) => (found === '|' ? '\\|' : found));
}

function escapeHtml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Hosts look for mentions, references and addresses in the rendered text, where a backslash is gone already. */
function breakReferences(escaped: string): string {
  return escaped
    .replace(/(@|#|!|\$|%|~|\^|&amp;|G[HL]-(?=\d))(?=[^\s\u200b])/gi, `$1${BREAK}`)
    .replace(/:(?=\/\/)/g, `:${BREAK}`)
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}${BREAK}.`)
    .replaceAll(BREAK, '&#8203;');
}

function encodePunctuation(value: string): string {
  return value.replace(/[^\p{L}\p{N} ]/gu, (sign) => `&#${sign.codePointAt(0)};${sign === '@' ? '&#8203;' : ''}`);
}

/** Shows control characters, line separators and marks that reorder text (bidi) as escapes. */
function visible(value: string): string {
  return value.toWellFormed().replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
