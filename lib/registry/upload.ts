import { Readable } from 'node:stream';
import { ATTEMPTS, pauseAfter } from '../net/retry.ts';
import { discard, type HttpAnswer } from '../net/transport.ts';
import type { Context } from '../operation/define.ts';
import { addressFrom, registryOrigin } from './address.ts';
import type { Digest } from './digest.ts';
import { RegistryError } from './error.ts';
import { type Attempted, unusableError } from './failure.ts';
import type { Descriptor } from './manifest.ts';
import { formatReference, type Repository } from './reference.ts';
import type { Registry } from './registry.ts';
import type { Call, Session } from './session.ts';
import { type UploadContent, uploadContent } from './upload-content.ts';

/** Up to this size a blob is sent in one request together with its end, and kept in memory for a repetition. */
const SMALL = 1024 * 1024;
/** Parts for a registry that takes no large ones. ECR wants at least 5 MiB. Source: ECR API reference, UploadLayerPart. */
const PART_AFTER_413 = 5 * 1024 * 1024;
/** Registries that keep blobs in an object store put the parts together at the end, in silence. */
const CLOSING_IDLE = 900_000;

export interface UploadOptions {
  /** Largest number of bytes in one request. Without it a blob goes in one request, which is the fastest way. */
  readonly partBytes?: number;
}

/** Where an upload stands. */
interface Upload {
  /** Where its next request goes; each answer may name another. */
  location: URL;
  /** Bytes that the registry has. */
  at: number;
  readonly leastPart: number;
}

/** Uploads. The contracts are those of `Registry`. Source: distribution-spec, "Pushing Blobs". */
export function uploadCalls(
  session: Session,
  { clock, signal }: Pick<Context, 'clock' | 'signal'>,
  hasBlob: (repository: Repository, digest: Digest, access: 'push') => Promise<boolean>,
  options: UploadOptions = {},
): Pick<Registry, 'uploadBlob' | 'mountBlob'> {
  async function uploadBlob(
    repository: Repository,
    descriptor: Descriptor,
    open: Parameters<Registry['uploadBlob']>[2],
  ): Promise<'uploaded' | 'present'> {
    if (await hasBlob(repository, descriptor.digest, 'push')) return 'present';
    const doing = `upload ${formatReference({ ...repository, digest: descriptor.digest })}`;
    const work = { repository, descriptor, doing, attempted: { doing, registry: repository.registry } };
    const content = uploadContent(descriptor, open, doing);
    let partBytes = options.partBytes ?? Number.POSITIVE_INFINITY;
    let upload: Upload | undefined;
    for (let failures = 0, best = 0; ; ) {
      try {
        upload ??= await begin(work);
        if (descriptor.size <= SMALL && upload.at === 0) {
          const body = Buffer.concat(await Readable.from(content.part(0, descriptor.size)).toArray());
          content.checkDigest();
          await finish(work, upload, body);
          return 'uploaded';
        }
        while (upload.at < descriptor.size) await sendPart(work, upload, content, partBytes);
        content.checkDigest();
        await finish(work, upload, undefined);
        return 'uploaded';
      } catch (error) {
        signal.throwIfAborted();
        if (content.failure !== undefined || !(error instanceof RegistryError)) {
          await giveUp(work, upload);
          throw content.failure ?? error;
        }
        // What counts is that it goes on, not how often it breaks.
        if ((upload?.at ?? 0) > best) failures = 0;
        best = Math.max(best, upload?.at ?? 0);
        failures += 1;
        const tooLarge = error.status === 413 && partBytes > PART_AFTER_413;
        if (tooLarge) partBytes = PART_AFTER_413;
        const pause = tooLarge || mayGoOn(error, failures) ? pauseAfter(failures, clock.now()) : undefined;
        if (pause === undefined || failures >= ATTEMPTS) {
          await giveUp(work, upload);
          throw error;
        }
        await clock.sleep(pause, signal);
        // The answer may have been lost after the work was done.
        if (await hasBlob(repository, descriptor.digest, 'push')) return 'uploaded';
        upload = upload === undefined || tooLarge ? undefined : await standing(work, upload);
      }
    }
  }

  /** What all calls of one upload have in common. */
  interface Work {
    readonly repository: Repository;
    readonly descriptor: Descriptor;
    readonly doing: string;
    readonly attempted: Attempted;
  }

  async function begin({ repository, doing, attempted }: Work): Promise<Upload> {
    const call: Call = {
      repository,
      doing,
      method: 'POST',
      path: 'blobs/uploads/',
      headers: { 'Content-Length': '0' },
      access: 'push',
      accept: [202],
    };
    return await session.call(call, (answer) => {
      discard(answer);
      const leastPart = Number(answer.headers['oci-chunk-min-length'] ?? 0);
      const location = locationOf(answer, registryOrigin(repository.registry), attempted);
      return { location, at: 0, leastPart: Number.isSafeInteger(leastPart) ? leastPart : 0 };
    });
  }

  async function sendPart(work: Work, upload: Upload, content: UploadContent, partBytes: number): Promise<void> {
    const { repository, descriptor, doing, attempted } = work;
    const from = upload.at;
    const end = Math.min(descriptor.size, from + Math.max(partBytes, upload.leastPart));
    const isWhole = from === 0 && end === descriptor.size;
    await session.call(
      {
        repository,
        doing,
        method: 'PATCH',
        path: upload.location,
        headers: {
          'Content-Type': 'application/octet-stream',
          'Content-Length': `${end - from}`,
          // Some registries take a body without it only as a whole, and some do not take it for the whole.
          ...(isWhole ? {} : { 'Content-Range': `${from}-${end - 1}` }),
        },
        body: Readable.from(content.part(from, end), { objectMode: false, highWaterMark: SMALL }),
        access: 'push',
        accept: [200, 201, 202, 204],
        repeats: false,
      },
      (answer) => {
        discard(answer);
        if (answer.headers.location !== undefined) upload.location = locationOf(answer, upload.location, attempted);
        const stored = storedBytes(answer) ?? end;
        if (stored <= from || stored > end) {
          throw unusableError(attempted, `it has ${stored} bytes where ${end} were sent`, { status: answer.status });
        }
        upload.at = stored;
      },
    );
  }

  async function finish({ repository, descriptor, doing, attempted }: Work, upload: Upload, body: Buffer | undefined) {
    const url = new URL(upload.location);
    // Appended and not set, so that a query which somebody signed stays as it is written.
    url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(descriptor.digest)}`;
    await session.call(
      {
        repository,
        doing,
        method: 'PUT',
        path: url,
        headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': `${body?.length ?? 0}` },
        ...(body === undefined ? {} : { body }),
        idle: CLOSING_IDLE,
        access: 'push',
        accept: [200, 201, 204],
        repeats: false,
      },
      (answer) => {
        discard(answer);
        const said = answer.headers['docker-content-digest'];
        if (typeof said === 'string' && said.startsWith('sha256:') && said !== descriptor.digest) {
          throw unusableError(attempted, `it names another digest for ${descriptor.digest}`);
        }
      },
    );
  }

  /** Asks where a broken upload stands; undefined when it is better begun anew. */
  async function standing({ repository, descriptor, doing, attempted }: Work, upload: Upload) {
    try {
      return await session.call(
        { repository, doing, method: 'GET', path: upload.location, access: 'push', accept: [202, 204] },
        (answer): Upload | undefined => {
          discard(answer);
          const at = storedBytes(answer);
          // "0-0" means one byte, or with some registries none.
          if (at === undefined || at <= 1 || at > descriptor.size) return undefined;
          const location =
            answer.headers.location === undefined ? upload.location : locationOf(answer, upload.location, attempted);
          return { location, at, leastPart: upload.leastPart };
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      // Not every registry tells, and one that was started again has forgotten.
      if (error instanceof RegistryError) return undefined;
      throw error;
    }
  }

  /** Lets the registry forget what was begun. It does so by itself some day, so a failure is no failure. */
  async function giveUp(
    { repository, doing }: Pick<Work, 'repository' | 'doing'>,
    upload: Pick<Upload, 'location'> | undefined,
  ) {
    if (upload === undefined) return;
    const call: Call = {
      repository,
      doing,
      method: 'DELETE',
      path: upload.location,
      access: 'push',
      accept: [200, 202, 204, 400, 404, 405],
      repeats: false,
    };
    await session.call(call, discard).catch(() => {});
  }

  async function mountBlob(repository: Repository, digest: Digest, from: Repository): Promise<boolean> {
    if (repository.registry !== from.registry) return false;
    const doing = `take ${digest} over from ${formatReference(from)} into ${formatReference(repository)}`;
    const attempted = { doing, registry: repository.registry };
    const call: Call = {
      repository,
      doing,
      method: 'POST',
      path: `blobs/uploads/?${new URLSearchParams({ mount: digest, from: from.path })}`,
      headers: { 'Content-Length': '0' },
      access: 'push',
      from,
      accept: [201, 202, 404, 405],
    };
    const upload = await session.call(call, (answer) => {
      discard(answer);
      // 202 is an upload that was begun in place of the mount. Source: distribution-spec, "Mounting a blob".
      if (answer.status !== 202) return answer.status === 201;
      return { location: locationOf(answer, registryOrigin(repository.registry), attempted) };
    });
    if (typeof upload === 'boolean') return upload;
    await giveUp({ repository, doing }, upload);
    return false;
  }

  return { uploadBlob, mountBlob };
}

/** Whether an upload that failed like this may go on, or be begun anew. */
function mayGoOn({ kind, status }: RegistryError, failures: number): boolean {
  // 404: the registry has forgotten the upload. 416: it stands elsewhere than we think.
  if (kind === 'unavailable' || kind === 'busy' || status === 404 || status === 416) return true;
  // A stream is not sent again by the session; the next request has a fresh token.
  return status === 401 && failures === 1;
}

function locationOf({ headers }: HttpAnswer, base: URL, attempted: Attempted): URL {
  const location = addressFrom(headers.location ?? '', base);
  if (headers.location === undefined || location === undefined) {
    throw unusableError(attempted, 'an upload without an address');
  }
  return location;
}

/** Bytes that an upload has by its Range header, `0-<last byte>`; undefined where there is none. */
function storedBytes({ headers }: HttpAnswer): number | undefined {
  const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(headers.range ?? '') ?? [];
  return last === undefined ? undefined : Number(last) + 1;
}
