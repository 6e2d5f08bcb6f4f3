import { isUtf8 } from 'node:buffer';
import type { SourceFile } from './transform.ts';

/** The text of a file, with lines. Offsets are UTF-16 units of `text`, a byte order mark included. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) this.#lineStarts.push(index + end.length);
  }

  /** The line of an offset, from 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

/** The file's text; for bytes that are not UTF-8, the line (from 1) of the first wrong one. */
export function decodeSource({ path, content }: SourceFile): SourceText | { readonly wrongLine: number } {
  if (isUtf8(content)) {
    return new SourceText(path, new TextDecoder('utf-8', { ignoreBOM: true }).decode(content));
  }
  let line = 1;
  // No byte of a character of several bytes is a line feed.
  for (let start = 0; start < content.length; line++) {
    const end = content.indexOf(0x0a, start);
    const stop = end === -1 ? content.length : end + 1;
    if (!isUtf8(content.subarray(start, stop))) break;
    start = stop;
  }
  return { wrongLine: line };
}
