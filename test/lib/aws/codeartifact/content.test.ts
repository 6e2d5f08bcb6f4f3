import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileContent, framed, inBase64, observed } from '../../../../lib/aws/codeartifact/protocols/content.ts';
import type { Content } from '../../../../lib/aws/codeartifact/protocols/session.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-content-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A content that comes in pieces of these sizes. */
function pieces(bytes: Buffer, sizes: readonly number[]): Content {
  const open = () => {
    const chunks: Buffer[] = [];
    let at = 0;
    for (const size of sizes) {
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
    chunks.push(bytes.subarray(at));
    return Readable.from(chunks.filter(({ length }) => length > 0));
  };
  return { size: bytes.length, open };
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const anySizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 });

test('base64 is the same in whatever pieces the content comes, and as long as was said', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, anySizes, async (bytes, sizes) => {
      const content = inBase64(pieces(bytes, sizes));
      const encoded = await buffer(content.open());
      expect(encoded.toString('latin1')).toBe(bytes.toString('base64'));
      expect(encoded.length).toBe(content.size);
    }),
  );
});

test('a framed content is what stands before, the content, and what stands after', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, anyBytes, anySizes, anyBytes, async (before, bytes, sizes, after) => {
      const content = framed(before, pieces(bytes, sizes), after);
      const all = await buffer(content.open());
      expect(all.equals(Buffer.concat([before, bytes, after]))).toBe(true);
      expect(content.size).toBe(all.length);
    }),
  );
});

test('a content can be opened anew, and each time is observed from its beginning', async () => {
  const seen: number[] = [];
  const content = observed(pieces(Buffer.from('some bytes'), [3, 3]), () => {
    const n = seen.push(0) - 1;
    return (chunk) => {
      seen[n] = (seen[n] ?? 0) + chunk.length;
    };
  });
  await buffer(content.open());
  await buffer(content.open());
  expect(seen).toEqual([10, 10]);
});

test('who stops reading closes the file, and a file that is gone is an error', async () => {
  const file = path.join(directory, 'file');
  writeFileSync(file, Buffer.alloc(5_000_000));
  const source: Readable[] = [];
  const whole = fileContent(file, 5_000_000);
  const content = framed(
    Buffer.from('a'),
    inBase64({
      size: whole.size,
      open: () => {
        const stream = whole.open();
        source.push(stream);
        return stream;
      },
    }),
    Buffer.from('b'),
  );
  const stream = content.open();
  for await (const _ of stream) break;
  const [opened] = source;
  if (opened?.closed === false) await new Promise((resolve) => opened.once('close', resolve));
  expect(opened?.destroyed).toBe(true);
  await expect(buffer(inBase64(fileContent(path.join(directory, 'gone'), 1)).open())).rejects.toThrow('ENOENT');
});

// A stream that looks for more after its last byte ends later than the answer to it, and its connection stays in use.
test('a file is read up to the size that was announced, and not asked for more', async () => {
  const file = path.join(directory, 'grown');
  writeFileSync(file, 'announced, and what was added since');
  expect((await buffer(fileContent(file, 9).open())).toString()).toBe('announced');
  writeFileSync(file, '');
  expect(await buffer(fileContent(file, 0).open())).toHaveLength(0);
});
