import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import type { Content } from './session.ts';

/** How much of a file is read at a time. */
const CHUNK = 256 * 1024;

/**
 * The content of a file. The stream ends with the last byte and not with a further look at the disk: an answer that comes
 * before that look would find the request unended, and its connection could not be used again.
 */
export function fileContent(file: string, size: number): Content {
  const range = size === 0 ? {} : { end: size - 1 };
  return { size, open: () => createReadStream(file, { highWaterMark: CHUNK, ...range }) };
}

/** The same bytes, and what they pass by: each try begins with a new observer. */
export function observed(content: Content, begin: () => (chunk: Buffer) => void): Content {
  return {
    size: content.size,
    open: () => {
      const observe = begin();
      return piped(
        content.open(),
        new Transform({
          transform: (chunk: Buffer, _, done) => {
            observe(chunk);
            done(null, chunk);
          },
        }),
      );
    },
  };
}

/** Bytes before and after a content, as one content. */
export function framed(before: Buffer, content: Content, after: Buffer): Content {
  return {
    size: before.length + content.size + after.length,
    open: () => {
      const inner = content.open();
      const parts = async function* () {
        yield before;
        yield* inner as AsyncIterable<Buffer>;
        yield after;
      };
      const outer = Readable.from(parts(), { objectMode: false, highWaterMark: CHUNK });
      outer.once('close', () => inner.destroy());
      return outer;
    },
  };
}

/** A content in base64 (RFC 4648, section 4), encoded while it is read. */
export function inBase64(content: Content): Content {
  return {
    size: Math.ceil(content.size / 3) * 4,
    open: () => {
      let left: Buffer = Buffer.alloc(0);
      return piped(
        content.open(),
        new Transform({
          readableHighWaterMark: CHUNK,
          transform: (chunk: Buffer, _, done) => {
            const bytes = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
            const whole = bytes.length - (bytes.length % 3);
            left = bytes.subarray(whole);
            done(null, Buffer.from(bytes.toString('base64', 0, whole), 'latin1'));
          },
          flush: (done) => done(null, Buffer.from(left.toString('base64'), 'latin1')),
        }),
      );
    },
  };
}

/** Ends both together: an error of the source is one of what comes out, and who stops reading closes the file. */
function piped(source: Readable, through: Transform): Readable {
  source.once('error', (error) => through.destroy(error));
  through.once('close', () => source.destroy());
  return source.pipe(through);
}
