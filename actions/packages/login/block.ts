/** How a file's format writes a comment of one line. */
export interface CommentStyle {
  readonly open: string;
  readonly close: string;
}

export const HASH_COMMENT: CommentStyle = { open: '# ', close: '' };
export const XML_COMMENT: CommentStyle = { open: '<!-- ', close: ' -->' };

/** Our lines in a file of the user: all that stands between two marks, which name the login. */
export interface Block {
  /** What the login is to; see `blockId`. */
  readonly id: string;
  readonly comment: CommentStyle;
  /** Whole lines. */
  readonly body: string;
  /** Where it goes: the beginning of a line, or the end of the text. */
  readonly offset: number;
  /** True when the file was not there before the login. The mark says so, and outlives a killed run. */
  readonly isNewFile: boolean;
}

/** A mark without its other half. */
export class DamagedBlock extends Error {
  /** Where the mark is, from 1. */
  readonly line: number;

  constructor(line: number) {
    super(`the mark in line ${line} has no end`);
    this.line = line;
  }
}

const NAME = 'headgate packages login:';
const NEW_FILE = 'new file';
const LINE_END_ADDED = 'line end added';

/** Names a repository for the marks. No two hyphens follow each other, which a comment of XML may not hold. */
export function blockId(domainOwner: string | undefined, domain: string, repository: string): string {
  const parts = domainOwner === undefined ? [domain, repository] : [domainOwner, domain, repository];
  return parts.join('/').replaceAll('--', '-~');
}

/** The text with the block in it. It must not have one with this id. */
export function insertBlock(text: string, { id, comment, body, offset, isNewFile }: Block): string {
  const before = text.slice(0, offset);
  const addLineEnd = before !== '' && !/[\r\n]$/.test(before);
  const notes = [...(isNewFile ? [NEW_FILE] : []), ...(addLineEnd ? [LINE_END_ADDED] : [])];
  const mark = (word: string, more = '') => `${comment.open}${NAME} ${word} ${id}${more}${comment.close}\n`;
  const begin = mark('begin', notes.length === 0 ? '' : ` (${notes.join('; ')})`);
  return `${before}${addLineEnd ? '\n' : ''}${begin}${body}${mark('end')}${text.slice(offset)}`;
}

/** A text without our lines, exactly as it was before them. */
export interface Removed {
  readonly text: string;
  readonly isNewFile: boolean;
}

/**
 * Takes the block with this id out of a text.
 *
 * @returns undefined when there is none
 * @throws DamagedBlock
 */
export function removeBlock(text: string, id: string): Removed | undefined {
  const begin = new RegExp(`${beginOf(literally(id))}\\r?\\n`, 'm').exec(text);
  if (begin === null) return undefined;
  const inside = begin.index + begin[0].length;
  const end = new RegExp(`^(?:# |<!-- )${NAME} end ${literally(id)}(?: -->)?(?:\\r?\\n|$)`, 'm').exec(
    text.slice(inside),
  );
  if (end === null) throw new DamagedBlock(lineAt(text, begin.index));
  const notes = (begin.groups?.notes ?? '').split('; ');
  const isNewFile = notes.includes(NEW_FILE);
  const before = text.slice(0, begin.index);
  const after = text.slice(inside + end.index + end[0].length);
  if (!notes.includes(LINE_END_ADDED)) return { text: before + after, isNewFile };
  // What follows goes on to need the line end. If it is another login, that one takes it away in the end.
  return { text: after === '' ? before.slice(0, -1) : before + withLineEndNote(after), isNewFile };
}

/** The first line of a block, as the source of a regular expression. */
function beginOf(id: string): string {
  return `^(?<start>(?:# |<!-- )${NAME} begin ${id})(?: \\((?<notes>[a-z; ]*)\\))?(?<close> -->)?`;
}

function withLineEndNote(text: string): string {
  return text.replace(new RegExp(beginOf('\\S+')), (_, start: string, notes?: string, close?: string) => {
    const all = notes === undefined ? LINE_END_ADDED : `${notes}; ${LINE_END_ADDED}`;
    return `${start} (${all})${close ?? ''}`;
  });
}

/** The ids of all logins that have a block in the text, in their order. */
export function blockIds(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^(?:# |<!-- )${NAME} begin (\\S+)`, 'gm'))].map(([, id = '']) => id);
}

/** Whether nothing but blocks of ours is in a file that was made by a login. */
export function isOurFile(text: string): boolean {
  let rest = text;
  for (const id of blockIds(text)) {
    const removed = removeBlock(rest, id);
    if (removed?.isNewFile !== true) return false;
    rest = removed.text;
  }
  return rest === '';
}

/** The line, from 1, in which a place of a text is. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
