import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ImageFiles, type SearchLimits } from '../../../lib/registry/image-files.ts';
import { HEAD_BYTES, layerEntries } from '../../../lib/registry/layer-entries.ts';
import { makeTestImage, noise, type TestFile, type TestLayer, tarOf } from '../../support/test-image.ts';
import { mergeLayers, resolvePath } from './merged-layers.ts';

const opened: ImageFiles[] = [];
afterEach(async () => {
  for (const files of opened.splice(0)) await files.close();
});

interface Search extends ImageFiles {
  /** How often each layer was opened. */
  readonly opens: number[];
}

/** The files of an image whose layers (the lowest first) are in memory, handed over in chunks as a network does. */
async function filesOf(layers: readonly (TestLayer | readonly TestFile[])[], limits?: SearchLimits): Promise<Search> {
  const image = await makeTestImage({
    layers: layers.map((layer): TestLayer => (Array.isArray(layer) ? { files: layer } : (layer as TestLayer))),
  });
  const opens = image.layers.map(() => 0);
  const open = async (layer: (typeof image.layers)[number]) => {
    opens[image.layers.indexOf(layer)]!++;
    return Readable.from(chunked(image.blobs.get(layer.digest)!));
  };
  const files = new ImageFiles(image.layers, open, limits);
  opened.push(files);
  return Object.assign(files, { opens });
}

function* chunked(bytes: Buffer, size = 64 * 1024) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a search came to, as one readable line. */
async function look(files: ImageFiles, path: string): Promise<string> {
  const found = await files.find(path);
  switch (found.kind) {
    case 'missing':
      return `missing: ${found.why}`;
    case 'file':
      return `${found.path} in ${found.layer}: ${found.head}`;
    default:
      return `${found.path} is a ${found.kind}`;
  }
}

describe('layers', () => {
  test('a file comes from the highest layer that has it', async () => {
    const files = await filesOf([
      [
        { path: 'app', content: 'old' },
        { path: 'other', content: 'other' },
      ],
      [{ path: 'app', content: 'new' }],
    ]);
    expect(await look(files, '/app')).toBe('/app in 1: new');
    expect(await look(files, '/other')).toBe('/other in 0: other');
    expect(await look(files, '/none')).toBe('missing: absent');
  });

  test.each(['gzip', 'zstd', 'none'] as const)('packed by %s, whatever the media type says', async (compression) => {
    const files = await filesOf([
      { files: [{ path: 'app', content: 'here' }], compression, mediaType: 'application/vnd.oci.image.layer.v1.tar' },
    ]);
    expect(await look(files, '/app')).toBe('/app in 0: here');
  });

  test.each(['app', './app', '/app', './/app'])('the name %s in the archive is /app', async (path) => {
    expect(await look(await filesOf([[{ path, content: 'here' }]]), '/app')).toBe('/app in 0: here');
  });

  test('mode and size are told, and of the content only the first bytes', async () => {
    const content = noise(5000);
    const files = await filesOf([[{ path: 'app', content, mode: 0o711 }]]);
    expect(await files.find('/app')).toEqual({
      kind: 'file',
      path: '/app',
      layer: 0,
      mode: 0o711,
      size: 5000,
      head: content.subarray(0, HEAD_BYTES),
    });
  });

  test('names that are longer than the header has room for', async () => {
    const path = `${'directory/'.repeat(40)}ünïcode-app`;
    expect(await look(await filesOf([[{ path, content: 'long' }]]), `/${path}`)).toBe(`/${path} in 0: long`);
  });

  test('a file is no directory', async () => {
    const files = await filesOf([[{ path: 'app', content: 'here' }]]);
    expect(await look(files, '/app/more')).toBe('missing: absent');
    expect(await look(files, '/')).toBe('/ is a directory');
  });
});

describe('whiteouts', () => {
  test('a file that a layer removes is gone, and one that it puts there again is there', async () => {
    const below: TestFile[] = [
      { path: 'bin/app', content: 'old' },
      { path: 'bin/tool', content: 'old' },
    ];
    const files = await filesOf([
      below,
      [{ path: 'bin/.wh.app' }, { path: 'bin/tool', content: 'new' }, { path: 'bin/.wh.tool' }],
    ]);
    expect(await look(files, '/bin/app')).toBe('missing: absent');
    expect(await look(files, '/bin/tool')).toBe('/bin/tool in 1: new');
  });

  test('a directory that a layer removes takes everything in it along', async () => {
    const files = await filesOf([[{ path: 'opt/shop/bin/app', content: 'old' }], [{ path: 'opt/.wh.shop' }]]);
    expect(await look(files, '/opt/shop/bin/app')).toBe('missing: absent');
  });

  test('an opaque directory hides what is below, and not what is beside it in its own layer', async () => {
    const files = await filesOf([
      [
        { path: 'bin/app', content: 'old' },
        { path: 'etc/app', content: 'old' },
      ],
      [{ path: 'bin/new', content: 'new' }, { path: 'bin/.wh..wh..opq' }],
    ]);
    expect(await look(files, '/bin/app')).toBe('missing: absent');
    expect(await look(files, '/bin/new')).toBe('/bin/new in 1: new');
    expect(await look(files, '/etc/app')).toBe('/etc/app in 0: old');
  });

  test('a directory takes the place of a link below, and the other way round', async () => {
    const files = await filesOf([
      [
        { path: 'bin', target: 'usr/bin' },
        { path: 'usr/bin/app', content: 'old' },
        { path: 'lib/app', content: 'old' },
      ],
      [
        { path: 'bin/other', content: 'new' },
        { path: 'lib', target: 'usr/bin' },
      ],
    ]);
    expect(await look(files, '/bin/app')).toBe('missing: absent');
    expect(await look(files, '/lib/app')).toBe('/usr/bin/app in 0: old');
  });
});

describe('links', () => {
  test.each([
    ['absolute', '/usr/bin/dash'],
    ['relative', 'dash'],
    ['up and down', '../../usr/./bin/dash'],
    ['out of the root', '../../../../usr/bin/dash'],
    ['through another link', '../../bin/dash'],
  ])('%s', async (_, target) => {
    const files = await filesOf([
      [
        { path: 'bin', target: 'usr/bin' },
        { path: 'usr/bin/dash', content: 'shell' },
      ],
      [{ path: 'usr/bin/sh', target }],
    ]);
    expect(await look(files, '/bin/sh')).toBe('/usr/bin/dash in 0: shell');
    expect(files.opens).toEqual([1, 1]);
  });

  test("'..' after a link is the parent of what the link points at", async () => {
    const files = await filesOf([
      [
        { path: 'current', target: 'releases/7/bin' },
        { path: 'releases/7/bin/.keep' },
        { path: 'releases/7/app', content: 'seven' },
        { path: 'app', content: 'wrong' },
        { path: 'start', target: 'current/../app' },
      ],
    ]);
    expect(await look(files, '/start')).toBe('/releases/7/app in 0: seven');
  });

  test('a circle and a chain of more than 40 links end', async () => {
    const chain = Array.from({ length: 41 }, (_, n): TestFile => ({ path: `l${n}`, target: `l${n + 1}` }));
    const files = await filesOf([
      [{ path: 'one', target: 'two' }, { path: 'two', target: 'one/..' }, ...chain, { path: 'l41', content: 'end' }],
    ]);
    expect(await look(files, '/one')).toBe('missing: links');
    expect(await look(files, '/l0')).toBe('missing: links');
    expect(await look(files, '/l1')).toBe('/l41 in 0: end');
  });

  test('a hard link is another name for a file of its layer', async () => {
    const files = await filesOf([
      [{ path: 'bin/busybox', content: 'old' }],
      [
        { path: 'bin/busybox', content: 'box' },
        { path: 'bin/sh', type: 'link', target: 'bin/busybox' },
        { path: 'bin/ash', type: 'link', target: '/bin/sh' },
        { path: 'bin/one', type: 'link', target: 'bin/two' },
        { path: 'bin/two', type: 'link', target: 'bin/one' },
      ],
      [{ path: 'bin/.wh.busybox' }],
    ]);
    expect(await look(files, '/bin/ash')).toBe('/bin/ash in 1: box');
    expect(await look(files, '/bin/busybox')).toBe('missing: absent');
    expect(await look(files, '/bin/one')).toBe('missing: absent');
  });
});

describe('every image', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const where = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom('a', 'b', 'c', '..', '.'), { minLength: 1, maxLength: 4 }))
    .map(([absolute, parts]) => `${absolute ? '/' : ''}${parts.join('/')}`);
  const entry: fc.Arbitrary<TestFile> = fc.oneof(
    where.map((path): TestFile => ({ path })),
    where.map((path): TestFile => ({ path, type: 'directory' })),
    fc.record({ path: where, target }),
    where.map((path): TestFile => ({ path: path.replace(/[^/]+$/, '.wh.$&') })),
    where.map((path): TestFile => ({ path: `${path}/.wh..wh..opq` })),
  );
  const layers = fc
    .array(fc.array(entry, { maxLength: 6 }), { minLength: 1, maxLength: 4 })
    .map((list) =>
      list.map((files, layer) =>
        files.map((file, n) => (file.target === undefined ? { ...file, content: `${layer}.${n}` } : file)),
      ),
    );

  test.each([
    ['with all names remembered', undefined, layers],
    // Which of two entries of the same name comes first is not known any more when the first one is forgotten.
    [
      'with no name remembered',
      { memory: 0, rereads: 10_000 },
      layers.map((list) => list.map((files) => files.filter((_, n) => !contradicts(files, n)))),
    ],
  ])('is read as if it were unpacked, %s', async (_, limits, images) => {
    await fc.assert(
      fc.asyncProperty(images, fc.array(target, { minLength: 1, maxLength: 4 }), async (list, paths) => {
        const files = await filesOf(list, limits);
        const merged = mergeLayers(list);
        for (const path of paths) expect(await look(files, path)).toEqual(resolvePath(merged, path));
        await files.close();
      }),
      { numRuns: 300 },
    );
  });
});

/** Source: POSIX, pax, "ustar Interchange Format": the sum of all bytes, with blanks for the sum itself. */
function writeChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

/** Whether an entry before this one says something else about the path, or about a directory on the way to it. */
function contradicts(files: readonly TestFile[], n: number): boolean {
  const isDirectory = ({ type }: TestFile) => type === 'directory';
  const file = files[n]!;
  return files.slice(0, n).some((other) => {
    if (other.path === file.path) return true;
    const [inner, outer] = file.path.length > other.path.length ? [file, other] : [other, file];
    return inner.path.startsWith(`${outer.path}/`) && !isDirectory(outer);
  });
}

describe('what is read', () => {
  const large = noise(2_000_000);

  test('ends with the file that was asked for', async () => {
    const files = await filesOf([
      { files: [{ path: 'below', content: large }], compression: 'none' },
      {
        files: [
          { path: 'app', content: large },
          { path: 'more', content: large },
        ],
        compression: 'none',
      },
    ]);
    expect(await look(files, '/app')).toMatch('/app in 1');
    await files.close();
    expect(files.bytesRead).toBeLessThan(400_000);
    expect(files.opens).toEqual([0, 1]);
  });

  test('goes on where it stopped, and no layer is read twice', async () => {
    const files = await filesOf([
      [{ path: 'usr/bin/last', content: 'last' }],
      [
        { path: 'usr/bin/first', content: 'first' },
        { path: 'usr/share/data', content: large },
        { path: 'usr/bin/second', content: 'second' },
      ],
    ]);
    expect(await look(files, '/usr/bin/first')).toBe('/usr/bin/first in 1: first');
    expect(files.bytesRead).toBeLessThan(400_000);
    expect(await look(files, '/usr/bin/second')).toBe('/usr/bin/second in 1: second');
    expect(await look(files, '/usr/bin/last')).toBe('/usr/bin/last in 0: last');
    expect(await look(files, '/usr/bin/first')).toBe('/usr/bin/first in 1: first');
    expect(files.opens).toEqual([1, 1]);
  });

  test('a data file that was passed by is read once more', async () => {
    const files = await filesOf([
      [
        { path: 'data', content: 'data', mode: 0o644 },
        { path: 'app', content: 'app' },
      ],
    ]);
    await files.find('/app');
    expect(await look(files, '/data')).toBe('/data in 0: data');
    expect(files.opens).toEqual([2]);
  });

  test('a large layer goes by in small pieces', async () => {
    const size = 400_000_000;
    const header = (await tarOf([{ path: 'zeros' }])).subarray(0, 512);
    header.write(size.toString(8).padStart(11, '0'), 124);
    writeChecksum(header);
    const archive = function* () {
      yield header;
      const piece = Buffer.alloc(1_000_000);
      for (let written = 0; written < size; written += piece.length) yield piece;
      yield Buffer.alloc(1024);
    };
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let read = 0;
    const onBytes = (count: number) => {
      read += count;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    };
    const names: string[] = [];
    for await (const { path } of layerEntries(Readable.from(archive()), onBytes)) names.push(path);
    expect(names).toEqual(['zeros']);
    expect(read).toBe(size + 1536);
    expect(most).toBeLessThan(50_000_000);
  });

  test('a layer that unpacks to more than anybody runs is not read to its end', async () => {
    const bomb = gzipSync(await tarOf([{ path: 'zeros', content: Buffer.alloc(10_000_000) }]));
    const read = async () => {
      for await (const _ of layerEntries(Readable.from(chunked(bomb, 512)), undefined, 1_000_000));
    };
    await expect(read()).rejects.toThrow('is larger than 1000000 bytes when it is unpacked');
  });

  test('an image with more names than may be remembered is searched within limits', async () => {
    const files = await filesOf([[{ path: 'a' }, { path: 'b' }]], { memory: 0, rereads: 1 });
    expect(await look(files, '/none')).toBe('missing: absent');
    await expect(files.find('/also-none')).rejects.toThrow('has too many files and links');
  });
});

describe('broken layers', () => {
  const whole = gzipSync(noise(100));

  test.each([
    [
      'text',
      Buffer.from('<html>Not found</html>'.repeat(50)),
      /^The layer sha256:\w{64} is not a whole archive: Invalid tar header/,
    ],
    [
      'a cut archive',
      async () => (await tarOf([{ path: 'a', content: noise(5000) }])).subarray(0, 3000),
      /^The layer sha256:\w{64} is not/,
    ],
    [
      'cut gzip',
      async () => gzipSync(await tarOf([{ path: 'a', content: noise(90_000) }])).subarray(0, 70_000),
      /^The layer sha256:\w{64} is not a whole archive: .*unexpected end of file/,
    ],
    [
      'gzip with a wrong checksum',
      Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)]),
      /^The layer sha256:\w{64} is not a whole archive: .*incorrect data check/,
    ],
    ['cut zstd', Buffer.from('28b52ffd0458', 'hex'), /^The layer sha256:\w{64} is not a whole archive/],
    ['bzip2', Buffer.from('BZh91AY&SY'), /^The layer sha256:\w{64} is packed by bzip2, which is not read/],
    ['xz', Buffer.from('fd377a585a00', 'hex'), /^The layer sha256:\w{64} is packed by xz, which is not read/],
  ])('%s', async (_, bytes, message) => {
    const files = await filesOf([{ bytes: typeof bytes === 'function' ? await bytes() : bytes }]);
    await expect(files.find('/app')).rejects.toThrow(message);
  });

  test.each([
    ['nothing at all', Buffer.alloc(0)],
    ['an empty archive', Buffer.alloc(1024)],
  ])('%s holds no file', async (_, bytes) => {
    expect(await look(await filesOf([{ bytes }]), '/app')).toBe('missing: absent');
  });

  test('an error of the source stays what it is', async () => {
    const failure = new Error('The registry closed the connection');
    const image = await makeTestImage({ layers: [{ files: [{ path: 'a', content: noise(100_000) }] }] });
    const broken = new ImageFiles(image.layers, async (layer) =>
      Readable.from(
        (async function* () {
          yield image.blobs.get(layer.digest)!.subarray(0, 50_000);
          throw failure;
        })(),
      ),
    );
    await expect(broken.find('/app')).rejects.toBe(failure);
  });

  test('whatever the bytes are, the search ends with an answer or a clear error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), fc.nat(600), async (damage, at) => {
        const bytes = Buffer.from(
          await tarOf([
            { path: 'x', content: 'x' },
            { path: 'app', content: 'here' },
          ]),
        );
        bytes.set(damage.subarray(0, Math.max(0, bytes.length - at)), at);
        const files = await filesOf([{ bytes }]);
        const answer = await look(files, '/app').catch((error: Error) => error.message);
        expect(answer).toMatch(
          /^(missing|\/app (in 0|is a)|The layer sha256:\w{64} is (not a whole archive: |packed by))/,
        );
      }),
    );
  });
});
