import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadInput } from '../../../lib/errors.ts';
import { problemText } from '../../../lib/packages/given-files.ts';
import { writeCrate } from '../../support/packages/crate.ts';
import { writeJar, writePom } from '../../support/packages/maven.ts';
import { writeNpmTarball } from '../../support/packages/npm.ts';
import { writeSdist } from '../../support/packages/sdist.ts';
import { writeTarball } from '../../support/packages/tarball.ts';
import { wheelEntries, writeWheel } from '../../support/packages/wheel.ts';
import { zipOf } from '../../support/packages/zip.ts';
import { tarOf } from '../../support/test-image.ts';
import { ReadingContext } from './reading-context.ts';

const context = new ReadingContext();
const WHEEL = 'acme_shop-1.0.0-py3-none-any.whl';
const UNKNOWN =
  'it is no wheel, sdist, npm tarball, crate, or artefact of a POM that was given; leave it out, or publish it as a generic package';
const put = async (name: string, content: Buffer | string = 'x') => {
  await mkdir(path.dirname(context.at(name)), { recursive: true });
  await writeFile(context.at(name), content);
};

describe('what is read', () => {
  test('packages of all formats in one folder, sorted', async () => {
    await writeWheel(context.directory);
    await writeNpmTarball(context.directory);
    await writeCrate(context.directory);
    await writePom(context.at('maven'));
    await writeJar(context.at('maven'));
    const releases = await context.read();
    expect(releases.map(({ id }) => id.format)).toEqual(['cargo', 'maven', 'npm', 'pypi']);
    expect(releases.flatMap(({ assets }) => assets.map(({ details }) => details.format))).toEqual([
      'cargo',
      'maven',
      'maven',
      'npm',
      'pypi',
    ]);
  });

  test('a file that is there twice counts once', async () => {
    const wheel = await writeWheel(context.directory);
    await mkdir(context.at('copy'));
    await copyFile(wheel, context.at('copy', WHEEL));
    expect((await context.readOne()).asset.file).toBe(wheel);
    expect(await context.read({}, [wheel, context.directory, wheel])).toHaveLength(1);
  });

  test('hidden files in folders are passed over, and told', async () => {
    await writeWheel(context.directory);
    for (const name of ['.DS_Store', '.gitignore', '.git/config', '.a', '.b', '.c']) await put(name);
    const notes: string[] = [];
    await context.read({ note: (message) => notes.push(message) });
    expect(notes).toEqual(['Hidden files and folders are passed over: .DS_Store, .a, .b, .c, .git and 1 more']);
    expect(await context.problems({}, [context.at('.a')])).toEqual([`.a: ${UNKNOWN}`]);
  });

  test('a symbolic link that stays in the folder is followed', async () => {
    await put('store/x', zipOf(wheelEntries()));
    await mkdir(context.at('dist'));
    await symlink('../store/x', context.at('dist', WHEEL));
    await symlink('../store', context.at('dist', 'again'));
    expect(await context.problems()).toEqual([
      "store/x: it is a wheel by its content, and its name does not end with '.whl'; build it again",
    ]);
    const [release] = await context.read({}, [context.at('dist', WHEEL)]);
    expect(release?.assets[0]?.file).toBe(context.at('dist', WHEEL));
  });
});

describe('what is refused', () => {
  test('all problems of all files, in one error, sorted', async () => {
    await writeWheel(context.directory, { file: 'other-1.0.0-py3-none-any.whl' });
    await writeNpmTarball(context.directory, { manifest: { private: true } });
    await put('b.txt');
    await put('a.txt');
    const error = await context.read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadInput);
    expect((error as BadInput).exitCode).toBe(2);
    expect((error as BadInput).message).toBe(
      [
        `input 'files': a.txt: ${UNKNOWN}`,
        "input 'files': acme-shop-1.0.0.tgz: package.json says 'private', which keeps a package from being published; remove it, or leave the file out",
        `input 'files': b.txt: ${UNKNOWN}`,
        "input 'files': other-1.0.0-py3-none-any.whl: the file name says 'other' '1.0.0', and METADATA says 'acme-shop' '1.0.0'; build the wheel again, and do not rename it. Next: Correct the input and run again; nothing was changed",
      ].join('\n'),
    );
  });

  test('paths that are not there, and folders without files', async () => {
    await mkdir(context.at('empty', 'in'), { recursive: true });
    await put('hidden/.x');
    expect(
      await context.problems(
        {},
        ['empty', 'hidden', 'missing', 'hidden/.x/y'].map((each) => context.at(each)),
      ),
    ).toEqual([
      'empty: the folder holds no files; build the packages first, or correct the path',
      'hidden: the folder holds no files; build the packages first, or correct the path',
      'hidden/.x/y: there is no such file or folder; build the packages first, or correct the path',
      'missing: there is no such file or folder; build the packages first, or correct the path',
    ]);
  });

  test('no paths, and nothing but checksums', async () => {
    const message = 'no package was found; build the packages first, or correct the paths';
    expect(await context.problems({}, [])).toEqual([`(nothing): ${message}`]);
    await put('x.md5');
    expect(await context.problems()).toEqual([`.: ${message}`]);
  });

  test('symbolic links that lead out, nowhere or in a circle', async () => {
    await put('outside.whl');
    await mkdir(context.at('dist'));
    for (const [name, target] of [
      ['a', '../outside.whl'],
      ['b', '/'],
      ['c', 'missing'],
      ['d', 'd'],
    ] as const) {
      await symlink(target, context.at('dist', name));
    }
    expect(await context.problems({}, [context.at('dist')])).toEqual([
      'dist/a: the symbolic link leads out of the folder that was given; copy the file into it',
      'dist/b: the symbolic link leads out of the folder that was given; copy the file into it',
      'dist/c: the symbolic link leads nowhere; remove it',
      'dist/d: the symbolic link leads in a circle; remove it',
    ]);
    await symlink('/etc', context.at('etc'));
    expect(await context.problems({}, [context.at('etc'), context.at('etc', 'passwd')])).toEqual([
      'etc: a symbolic link leads out of the workspace; copy the file into it',
      'etc/passwd: a symbolic link leads out of the workspace; copy the file into it',
    ]);
  });

  test('what is no file', async () => {
    execFileSync('mkfifo', [context.at('pipe')]);
    expect(await context.problems()).toEqual(['pipe: is no regular file; give files and folders only']);
  });

  test('an empty file', async () => {
    await put(WHEEL, '');
    expect(await context.problems()).toEqual([`${WHEEL}: the file is empty; build it again, or leave it out`]);
  });

  test('a file that cannot be read', () => {
    const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' });
    expect(problemText(error)).toBe('cannot be read (EACCES); check that the file is there and may be read');
    expect(() => problemText(new TypeError('ours'))).toThrow('ours');
  });

  test('two different files of one asset', async () => {
    for (const folder of ['a', 'b']) {
      await mkdir(context.at(folder));
      await writeWheel(context.at(folder), { salt: folder });
      await writeNpmTarball(context.at(folder), { file: `${folder}.tgz`, manifest: { description: folder } });
    }
    expect(await context.problems()).toEqual(
      [
        `b/${WHEEL}: it is the asset '${WHEEL}' of acme-shop 1.0.0, and so is a/${WHEEL} with other content; give one of them`,
        "b/b.tgz: it is the asset 'package.tgz' of @acme/shop 1.0.0, and so is a/a.tgz with other content; give one of them",
      ].sort(),
    );
  });

  const gem = (async () => await tarOf([{ path: 'metadata.gz' }, { path: 'data.tar.gz' }]))();
  const leave = 'are not published by this version; leave it out, or publish it as a generic package';
  test.each<[string, Buffer | Promise<Buffer>, string]>([
    ['shop.1.0.0.nupkg', zipOf([{ path: 'shop.nuspec' }]), `NuGet packages ${leave}`],
    ['shop-1.0.0.gem', gem, `Ruby gems ${leave}`],
    ['shop.zip', zipOf([{ path: 'shop/Package.swift' }]), `Swift packages ${leave}`],
    ['shop.rpm', Buffer.from('\xed\xab\xee\xdb\x03', 'latin1'), `RPM packages ${leave}`],
    ['shop.deb', Buffer.from('!<arch>\ndebian-binary   '), `deb packages ${leave}`],
    [
      'shop-1.0.0-py3.11.egg',
      zipOf([{ path: 'EGG-INFO/PKG-INFO' }]),
      'eggs of Python are not published by this version; publish a wheel',
    ],
    [
      'shop-1.0.0.win32.exe',
      Buffer.from('MZ\x90\0'),
      'Windows installers (bdist_wininst, bdist_msi) are not published by this version; publish a wheel',
    ],
    [
      'shop-1.0.0.zip',
      zipOf([{ path: 'shop-1.0.0/PKG-INFO' }]),
      "it is a Python sdist as zip archive, which is not published; build it as '.tar.gz' (PEP 625)",
    ],
    [
      'shop-1.0.0.tar.bz2',
      Buffer.from('BZh91AY'),
      "it is a tarball that is not packed by gzip, which no format takes; build it as '.tar.gz', or leave it out, or publish it as a generic package",
    ],
    [
      'shop-1.0.0.tar',
      tarOf([{ path: 'shop-1.0.0/PKG-INFO' }]),
      "it is a tarball that is not packed by gzip, which no format takes; build it as '.tar.gz', or leave it out, or publish it as a generic package",
    ],
    ['shop.zip', zipOf([{ path: 'a' }]), UNKNOWN],
    ['shop.tar.gz', (async () => gzipSync(await tarOf([{ path: 'a/b' }])))(), UNKNOWN],
    ['index.html', Buffer.from('<!doctype html>'), UNKNOWN],
    [
      'shop-1.0.0-py3-none-any.whl',
      Buffer.from('text'),
      "its name ends with '.whl', and it is something else; build it again",
    ],
    [
      'shop-1.0.0-py3-none-any.whl',
      gzipSync('x'),
      "its name ends with '.whl', and it is packed by gzip; build it again",
    ],
    ['shop-1.0.0.tgz', zipOf([{ path: 'a' }]), "its name ends with '.tgz', and it is a zip archive; build it again"],
    [
      'shop-1.0.0.crate',
      Buffer.from('BZh91AY'),
      "its name ends with '.crate', and it is packed by bzip2, xz or zstd; build it again",
    ],
  ])('%s', async (name, content, message) => {
    await put(name, await content);
    expect(await context.problems()).toEqual([`${name}: ${message}`]);
  });

  test.each(['shop-1.0.0.tgz', 'acme_shop-1.0.0.tar.gz', 'acme-shop-1.0.0.crate', WHEEL])('a cut %s', async (name) => {
    if (name.endsWith('.tgz')) await writeNpmTarball(context.directory, { file: name });
    else if (name.endsWith('.crate')) await writeCrate(context.directory);
    else if (name === WHEEL) await writeWheel(context.directory);
    else await writeSdist(context.directory);
    const { length } = await readFile(context.at(name));
    await truncate(context.at(name), length - 9);
    const [problem, ...more] = await context.problems();
    expect(more).toEqual([]);
    expect(problem).toMatch(/: it is not a whole archive: .+; build it again$/);
  });

  test('names that differ only in what a terminal shows are shown as they are', async () => {
    await put('a\u001b[31mb\n');
    expect(await context.problems()).toEqual([`a\\u001b[31mb\\n: ${UNKNOWN}`]);
  });
});

test('an aborted signal ends the reading with its reason', async () => {
  await writeWheel(context.directory);
  const reason = new Error('stopped');
  await expect(context.read({ signal: AbortSignal.abort(reason) } as object)).rejects.toBe(reason);
});

describe('size', () => {
  test('a bomb is refused, and memory stays flat', async () => {
    const mebibytes = 1100;
    const header = (await tarOf([{ path: 'package/package.json', content: '{}' }])).subarray(0, 1024);
    const big = (await tarOf([{ path: 'package/big' }])).subarray(0, 512);
    const zeros = Buffer.alloc(1024 ** 2);
    const parts = function* () {
      yield header;
      yield withSize(big, mebibytes * 1024 ** 2);
      for (let n = 0; n < mebibytes; n++) yield zeros;
      yield Buffer.alloc(1024);
    };
    // Level 1 packs in a fraction of the time, and zeros nearly as small.
    await pipeline(Readable.from(parts()), createGzip({ level: 1 }), createWriteStream(context.at('shop-1.0.0.tgz')));
    const before = process.memoryUsage().rss;
    expect(await context.problems()).toEqual([
      'shop-1.0.0.tgz: it is larger than 1073741824 bytes when it is unpacked; build it again',
    ]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
  }, 120_000);

  test('a large wheel is read with flat memory', async () => {
    const content = Buffer.alloc(300 * 1024 ** 2, 'x');
    await writeWheel(context.directory, { change: (entries) => [...entries, { path: 'big', content, method: 0 }] });
    const before = process.memoryUsage().rss;
    const { asset } = await context.readOne();
    expect(asset.size).toBeGreaterThan(content.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
  }, 120_000);

  test('ten thousand files', async () => {
    const count = 5000;
    for (let n = 0; n < count; n += 100) {
      const hundred = Array.from({ length: 100 }, (_, k) => `1.${n + k}`);
      await Promise.all(
        hundred.map(async (version) => {
          await writePom(context.directory, { version, packaging: 'pom' });
          await writeFile(context.at(`shop-${version}.pom.asc`), version);
        }),
      );
    }
    const releases = await context.read();
    expect(releases).toHaveLength(count);
    expect(new Set(releases.map(({ assets }) => assets.length))).toEqual(new Set([2]));
  }, 120_000);
});

/** A header of tar with another size, and the checksum for it (POSIX, ustar Interchange Format). */
function withSize(header: Buffer, size: number): Buffer {
  const changed = Buffer.from(header);
  changed.write(`${size.toString(8).padStart(11, '0')} `, 124, 'latin1');
  changed.write('        ', 148, 'latin1');
  const sum = changed.reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

test('whatever happened to the bytes of a package, it is read or refused', async () => {
  await mkdir(context.at('good'));
  const good = await Promise.all([
    writeWheel(context.at('good')),
    writeSdist(context.at('good')),
    writeNpmTarball(context.at('good')),
    writeCrate(context.at('good')),
    writeJar(context.at('good')),
    writePom(context.at('good')),
  ]);
  const bytes = await Promise.all(good.map(async (file) => [path.basename(file), await readFile(file)] as const));
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bytes),
      changes,
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      async ([name, whole], flips, cut) => {
        const changed = Buffer.from(whole);
        for (const [at, value] of flips) changed[Math.floor(at * (whole.length - 1))] = value;
        const kept = cut === null ? changed : changed.subarray(0, Math.floor(cut * whole.length));
        await put(`bad/${name}`, kept);
        const outcome = await context.read({}, [context.at('bad', name)]).catch((error: unknown) => error);
        if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(BadInput);
      },
    ),
    { numRuns: 600 },
  );
}, 120_000);

test('whatever stands in the metadata of a package, it is read or refused', async () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
    fc
      .array(
        fc.constantFrom('[package]', '\n', 'name', '=', '"shop"', 'version', '"1.0.0"', '[dependencies]', 'a=1', '{}'),
        { maxLength: 20 },
      )
      .map((parts) => Buffer.from(parts.join(' '))),
    fc
      .array(
        fc.constantFrom(
          '<project>',
          '</project>',
          '<version>',
          '1',
          '</version>',
          '&a;',
          '<!--',
          '-->',
          '<![CDATA[',
          ']]>',
          '<?x?>',
        ),
        { maxLength: 12 },
      )
      .map((parts) => Buffer.from(parts.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      await writeWheel(context.directory, { metadata: text });
      await writeSdist(context.directory, { metadata: text });
      await writeNpmTarball(context.directory, { text });
      await writeCrate(context.directory, { text });
      await writePom(context.directory, { text });
      const outcome = await context.read().catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(BadInput);
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('whatever the names in an archive are, it is read or refused', async () => {
  const names = fc.stringMatching(/^[ab./\\é\t-]{1,12}$/);
  await fc.assert(
    fc.asyncProperty(fc.array(names, { maxLength: 4 }), async (paths) => {
      await writeTarball(context.directory, 'x.tgz', [
        { path: 'a/package.json', content: '{"name":"shop","version":"1.0.0"}' },
        ...paths.map((each) => ({ path: each })),
      ]);
      await writeWheel(context.directory, {
        change: (entries) => [...entries, ...paths.map((each) => ({ path: each }))],
      });
      const outcome = await context.read().catch((error: unknown) => error);
      if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(BadInput);
    }),
    { numRuns: 100 },
  );
}, 120_000);
