import type { AssetFiles } from '../assets.ts';
import { parseObject } from '../body.ts';
import { invalid, tooLarge } from '../error.ts';
import type { Asset } from '../model.ts';

/** What a package describes of itself, with its README. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024;
const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, COMMA, COLON] = Buffer.from('"\\{}[],:');

/** A document that `npm publish` sends, without its tarballs. */
export interface PublishedDocument {
  readonly document: Readonly<Record<string, unknown>>;
  /** The decoded attachments, in their order. */
  readonly attachments: readonly Asset[];
}

/**
 * Reads the document of `npm publish`: JSON with the tarball as base64 in `_attachments.<file>.data`. The tarball goes
 * to a file piece by piece, whatever its size; the rest is held in memory and limited.
 *
 * @throws CodeArtifactError when the body is malformed or, without its tarballs, too large
 */
export async function readDocument(source: AsyncIterable<Buffer>, files: AssetFiles): Promise<PublishedDocument> {
  const events = scan(source);
  const rest: Buffer[] = [];
  const attachments: Asset[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) break;
      if (value === 'data') {
        attachments.push(await files.write(decodeBase64(dataOf(events))));
      } else if (value !== 'end') {
        size += value.length;
        if (size > LARGEST_DOCUMENT) throw tooLarge('The document without its tarball', LARGEST_DOCUMENT);
        rest.push(value);
      }
    }
    return { document: parseObject(Buffer.concat(rest).toString('utf8')), attachments };
  } catch (error) {
    for (const asset of attachments) await files.discard(asset);
    throw error;
  }
}

/** Bytes of the document, or of an attachment between 'data' and 'end'. */
type Event = Buffer | 'data' | 'end';

async function* dataOf(events: AsyncGenerator<Event>): AsyncGenerator<Buffer> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw invalid('The document ends within its tarball.', 'CANNOT_PARSE');
    if (value === 'end') return;
    if (value !== 'data') yield value;
  }
}

/** Four characters are three bytes (RFC 4648, section 4); JSON may write `/` as `\/`. */
async function* decodeBase64(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = '';
  for await (const chunk of source) {
    const characters = left + chunk.toString('latin1').replaceAll('\\', '');
    const whole = characters.length - (characters.length % 4);
    left = characters.slice(whole);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(characters)) throw invalid('The tarball is not base64.', 'CANNOT_PARSE');
    if (whole > 0) yield Buffer.from(characters.slice(0, whole), 'base64');
  }
  if (left !== '') yield Buffer.from(left, 'base64');
}

/** Takes the values of `_attachments.<file>.data` out of a JSON text. That the text is JSON is checked afterwards. */
async function* scan(source: AsyncIterable<Buffer>): AsyncGenerator<Event> {
  // The key that is being read in each open object; undefined for a list.
  const path: (string | undefined)[] = [];
  let inString = false;
  let isKey = false;
  let expectsKey = false;
  let isEscaped = false;
  let inData = false;
  let key = '';
  for await (const chunk of source) {
    let unsent = 0;
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i] ?? 0;
      if (inData) {
        const end = chunk.indexOf(QUOTE ?? 0, i);
        yield chunk.subarray(i, end < 0 ? chunk.length : end);
        unsent = end < 0 ? chunk.length : end;
        i = unsent;
        if (end < 0) continue;
        yield 'end';
        inData = false;
        inString = false;
      } else if (inString) {
        if (!isEscaped && byte === QUOTE) {
          inString = false;
          if (isKey) path[path.length - 1] = key;
        } else {
          if (isKey) key += String.fromCharCode(byte);
          isEscaped = !isEscaped && byte === BACKSLASH;
        }
      } else if (byte === QUOTE) {
        inString = true;
        isKey = expectsKey;
        key = '';
        if (!isKey && path.length === 3 && path[0] === '_attachments' && path[2] === 'data') {
          yield chunk.subarray(unsent, i + 1);
          yield 'data';
          unsent = i + 1;
          inData = true;
        }
      } else if (byte === OPEN || byte === OPEN_LIST) {
        path.push(byte === OPEN ? '' : undefined);
        expectsKey = byte === OPEN;
      } else if (byte === CLOSE || byte === CLOSE_LIST) path.pop();
      else if (byte === COMMA) expectsKey = path.at(-1) !== undefined;
      else if (byte === COLON) expectsKey = false;
    }
    if (unsent < chunk.length) yield chunk.subarray(unsent);
  }
}
