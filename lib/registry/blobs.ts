import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { mayPassError, pauseAfter } from '../net/retry.ts';
import { ConnectionFailed, discard, type HttpAnswer } from '../net/transport.ts';
import type { Context } from '../operation/define.ts';
import { type Digest, digestFrom } from './digest.ts';
import { type Attempted, connectionError, unusableError } from './failure.ts';
import { type Descriptor, MAX_MANIFEST_BYTES } from './manifest.ts';
import { formatReference, type Repository } from './reference.ts';
import type { BlobPart, Registry } from './registry.ts';
import type { Call, Session } from './session.ts';

/** Bytes between the registry and a reader who is slower. */
const READ_AHEAD = 1024 * 1024;

/** Reading blobs. The contracts are those of `Registry`. */
export function blobCalls(
  session: Session,
  { clock, signal }: Pick<Context, 'clock' | 'signal'>,
): Pick<Registry, 'blob' | 'openBlob'> & {
  /** With the token of the call that follows: one for `push` serves both. */
  hasBlob(repository: Repository, digest: Digest, access?: Call['access']): Promise<boolean>;
} {
  async function hasBlob(repository: Repository, digest: Digest, access: Call['access'] = 'pull'): Promise<boolean> {
    return await session.call(
      {
        repository,
        doing: `look for ${formatReference({ ...repository, digest })}`,
        method: 'HEAD',
        path: `blobs/${digest}`,
        access,
        accept: [200, 404],
      },
      (answer) => {
        discard(answer);
        return answer.status === 200;
      },
    );
  }

  /** Opens a blob at a byte. What the answer gives before that byte is passed over by `skip`. */
  async function openAt(
    repository: Repository,
    { digest, size }: Descriptor,
    from: number,
  ): Promise<{ answer: HttpAnswer; skip: number }> {
    const doing = `read the blob ${formatReference({ ...repository, digest })}`;
    const attempted = { doing, registry: repository.registry };
    const call: Call = {
      repository,
      doing,
      method: 'GET',
      path: `blobs/${digest}`,
      // Compressed on the way it would be of another size, and other bytes.
      headers: { 'Accept-Encoding': 'identity', ...(from === 0 ? {} : { Range: `bytes=${from}-${size - 1}` }) },
      access: 'pull',
      accept: [200, 206],
    };
    return await session.call(call, (answer) => {
      const { status, headers } = answer;
      const start = status === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? -1) : 0;
      const length = headers['content-length'];
      // Who answers with something else altogether is told before a byte is used.
      if (start < 0 || start > from || (length !== undefined && start + Number(length) !== size)) {
        answer.body.destroy();
        const why =
          status === 206 ? 'another part than the one that was asked for' : `${length} bytes in place of ${size}`;
        throw unusableError(attempted, why, { contentType: headers['content-type'], status });
      }
      return { answer, skip: from - start };
    });
  }

  /** The bytes of a blob from one on; a connection that breaks is made again, from where it broke. */
  async function* read(
    repository: Repository,
    descriptor: Descriptor,
    { from = 0, checksDigest = true }: BlobPart,
    first: { answer: HttpAnswer; skip: number },
  ): AsyncGenerator<Buffer> {
    const { digest, size } = descriptor;
    const attempted: Attempted = {
      doing: `read the blob ${formatReference({ ...repository, digest })}`,
      registry: repository.registry,
    };
    // A part has no digest of its own; who asks for one checks the whole.
    const hash = from === 0 && checksDigest ? createHash('sha256') : undefined;
    let at = from;
    let failures = 0;
    for (let opened = first; ; ) {
      try {
        for await (const chunk of bytesOf(opened)) {
          at += chunk.length;
          if (at > size) throw unusableError(attempted, `more than ${size} bytes`);
          hash?.update(chunk);
          failures = 0;
          yield chunk;
        }
        if (at === size) break;
        throw new ConnectionFailed(
          Object.assign(new Error(`cut after ${at} bytes of ${size}`), { code: 'ECONNRESET' }),
        );
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ConnectionFailed)) throw error;
        failures += 1;
        const pause = mayPassError(error) ? pauseAfter(failures, clock.now()) : undefined;
        if (pause === undefined) throw connectionError(attempted, error);
        await clock.sleep(pause, signal);
        opened = await openAt(repository, descriptor, at);
      }
    }
    if (hash === undefined) return;
    const actual = digestFrom(hash);
    if (actual !== digest) throw unusableError(attempted, `content whose digest is ${actual}`);
  }

  async function openBlob(repository: Repository, descriptor: Descriptor, part: BlobPart = {}): Promise<Readable> {
    const { from = 0 } = part;
    // There is no range in nothing.
    if (from > 0 && from >= descriptor.size) return Readable.from([]);
    const first = await openAt(repository, descriptor, from);
    const stream = Readable.from(read(repository, descriptor, part, first), {
      objectMode: false,
      highWaterMark: READ_AHEAD,
    });
    // A generator that was never begun runs no `finally`.
    stream.once('close', () => first.answer.body.destroy());
    return stream;
  }

  async function blob(repository: Repository, descriptor: Descriptor): Promise<Buffer> {
    const { digest, size } = descriptor;
    if (size > MAX_MANIFEST_BYTES) {
      const attempted = { doing: `read ${formatReference({ ...repository, digest })}`, registry: repository.registry };
      throw unusableError(attempted, `a blob of ${size} bytes where at most ${MAX_MANIFEST_BYTES} are read`);
    }
    return Buffer.concat(await (await openBlob(repository, descriptor)).toArray());
  }

  return { blob, openBlob, hasBlob };
}

async function* bytesOf({ answer, skip }: { answer: HttpAnswer; skip: number }): AsyncGenerator<Buffer> {
  let left = skip;
  const body: AsyncIterator<Buffer> = answer.body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await body.next().catch((error: unknown) => {
        throw new ConnectionFailed(error);
      });
      if (done === true) return;
      if (value.length <= left) {
        left -= value.length;
        continue;
      }
      yield left === 0 ? value : value.subarray(left);
      left = 0;
    }
  } finally {
    answer.body.destroy();
  }
}
