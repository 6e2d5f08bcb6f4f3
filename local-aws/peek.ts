import { Readable } from 'node:stream';

/**
 * Reads the beginning of a body and gives it together with a stream of the whole body.
 * At most `limit` bytes, and the chunk that crosses it, are held.
 */
export async function peek(body: Readable, limit: number): Promise<{ head: Buffer; body: Readable }> {
  const chunks: Buffer[] = [];
  const rest = body.iterator({ destroyOnReturn: false });
  let size = 0;
  while (size < limit) {
    const next = await rest.next();
    if (next.done) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(chunks);
  async function* whole() {
    yield head;
    yield* rest;
  }
  return { head, body: Readable.from(whole()) };
}
