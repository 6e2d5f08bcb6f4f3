import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { pomText, type TestPom, writeJar, writePom } from '../../support/packages/maven.ts';
import { writeTarball } from '../../support/packages/tarball.ts';
import { zipOf } from '../../support/packages/zip.ts';
import { ReadingContext } from './reading-context.ts';

const context = new ReadingContext();
const names = async (paths?: readonly string[]) =>
  (await context.read({}, paths)).map(({ id, assets }) => [
    `${id.namespace}:${id.name}:${id.version}`,
    assets.map(({ name }) => name),
  ]);
const put = async (name: string, content: Buffer | string = 'x') => await writeFile(context.at(name), content);
const WITHOUT_POM =
  "it is a Maven artefact without a POM: its name begins with the '<artifactId>-<version>' of no POM that was given; give its POM too, as '.pom' or as 'pom.xml'";
const UNKNOWN =
  'it is no wheel, sdist, npm tarball, crate, or artefact of a POM that was given; leave it out, or publish it as a generic package';

test('a flat folder: artefacts, signatures and other files go to their POM', async () => {
  await writePom(context.directory);
  await writeJar(context.directory);
  await writeJar(context.directory, { file: 'shop-1.0.0-sources.jar', properties: null });
  await writeTarball(context.directory, 'shop-1.0.0-bin.tar.gz', [{ path: 'a' }, { path: 'b' }]);
  await writeTarball(context.directory, 'shop-1.0.0-dist.tgz', [{ path: 'a/b' }]);
  await writeTarball(context.directory, 'shop-1.0.0-web.tar.gz', [{ path: 'web/package.json', content: '{}' }]);
  for (const name of ['shop-1.0.0.jar.asc', 'shop-1.0.0.pom.asc', 'shop-1.0.0.module', 'shop-1.0.0-linux_64.so']) {
    await put(name);
  }
  for (const name of ['shop-1.0.0.jar.md5', 'shop-1.0.0.pom.sha1', 'x.sha256', 'shop-1.0.0.jar.sha512'])
    await put(name);
  for (const name of ['maven-metadata.xml', 'maven-metadata-local.xml', 'maven-metadata.xml.sha1']) await put(name);
  expect(await names()).toEqual([
    [
      'com.acme:shop:1.0.0',
      [
        'shop-1.0.0-bin.tar.gz',
        'shop-1.0.0-dist.tgz',
        'shop-1.0.0-linux_64.so',
        'shop-1.0.0-sources.jar',
        'shop-1.0.0-web.tar.gz',
        'shop-1.0.0.jar',
        'shop-1.0.0.jar.asc',
        'shop-1.0.0.module',
        'shop-1.0.0.pom',
        'shop-1.0.0.pom.asc',
      ],
    ],
  ]);
});

test("a Maven repository's folders: files go to the POM beside them", async () => {
  for (const [folder, group] of [
    ['com/acme', 'com.acme'],
    ['org/other', 'org.other'],
  ] as const) {
    for (const version of ['1.0.0', '1.0.0-beta']) {
      const at = context.at(folder, 'shop', version);
      await writePom(at, { group, version });
      await writeJar(at, { file: `shop-${version}.jar`, properties: { group, version } });
    }
    await writeFile(context.at(folder, 'shop', 'maven-metadata.xml'), '<metadata/>');
  }
  expect(await names()).toEqual([
    ['com.acme:shop:1.0.0', ['shop-1.0.0.jar', 'shop-1.0.0.pom']],
    ['com.acme:shop:1.0.0-beta', ['shop-1.0.0-beta.jar', 'shop-1.0.0-beta.pom']],
    ['org.other:shop:1.0.0', ['shop-1.0.0.jar', 'shop-1.0.0.pom']],
    ['org.other:shop:1.0.0-beta', ['shop-1.0.0-beta.jar', 'shop-1.0.0-beta.pom']],
  ]);
});

test('the longest version takes a file in a flat folder', async () => {
  for (const version of ['1.0.0', '1.0.0-beta']) {
    await writePom(context.directory, { version });
    await writeJar(context.directory, { file: `shop-${version}.jar`, properties: { version } });
  }
  expect(await names()).toEqual([
    ['com.acme:shop:1.0.0', ['shop-1.0.0.jar', 'shop-1.0.0.pom']],
    ['com.acme:shop:1.0.0-beta', ['shop-1.0.0-beta.jar', 'shop-1.0.0-beta.pom']],
  ]);
});

test('pom.xml is published by the name that it has in a repository', async () => {
  const pom = await writePom(context.directory, { file: 'pom.xml' });
  const jar = await writeJar(context.at('target'));
  expect(await names([pom, jar])).toEqual([['com.acme:shop:1.0.0', ['shop-1.0.0.jar', 'shop-1.0.0.pom']]]);
});

test('the same POM may be given twice, in two folders', async () => {
  await writePom(context.directory, { file: 'pom.xml' });
  await writePom(context.at('target'));
  await writeJar(context.at('target'));
  expect(await names()).toEqual([['com.acme:shop:1.0.0', ['shop-1.0.0.jar', 'shop-1.0.0.pom']]]);
});

test('group and version come from the parent where the POM has none', async () => {
  const text = `<!-- a comment --><project><modelVersion>4.0.0</modelVersion>
    <parent><groupId> com.acme </groupId><artifactId>parent</artifactId><version><![CDATA[2.0]]></version></parent>
    <artifactId>shop</artifactId><packaging>pom</packaging>
    <dependencies><dependency><groupId>x</groupId><version>${'${y}'}</version></dependency></dependencies></project>`;
  await writePom(context.directory, { version: '2.0', text });
  expect(await names()).toEqual([['com.acme:shop:2.0', ['shop-2.0.pom']]]);
});

test('a POM may be in Latin-1 when it says so', async () => {
  const text = pomText({ packaging: 'pom' })
    .replace('UTF-8', 'ISO-8859-1')
    .replace('<model', '<name>J\xf6rg</name><model');
  await writePom(context.directory, { text: Buffer.from(text, 'latin1') });
  expect(await names()).toEqual([['com.acme:shop:1.0.0', ['shop-1.0.0.pom']]]);
});

test.each([
  ['jar', 'jar'],
  ['maven-plugin', 'jar'],
  ['bundle', 'jar'],
  ['war', 'war'],
  ['aar', 'aar'],
  ['rpm', 'rpm'],
  ['zip', 'zip'],
])('packaging %s wants an artefact', async (packaging, ending) => {
  await writePom(context.directory, { packaging });
  const [problem] = await context.problems();
  expect(problem).toMatch(
    /^shop-1\.0\.0\.pom: the POM has the packaging '[\w-]+', and no .+ was given; give it too, or write the packaging 'pom'$/,
  );
  await writeJar(context.directory, { file: `shop-1.0.0.${ending}` });
  expect(await names()).toEqual([['com.acme:shop:1.0.0', [`shop-1.0.0.${ending}`, 'shop-1.0.0.pom'].sort()]]);
});

test('a fat jar holds the properties of others', async () => {
  await writePom(context.directory);
  const more = [{ path: 'META-INF/maven/org.other/lib/pom.properties', content: 'version=9\n' }];
  await writeJar(context.directory, { more });
  expect(await names()).toHaveLength(1);
});

test('a jar that is a program of a shell as well is an artefact', async () => {
  await writePom(context.directory);
  await put('shop-1.0.0.jar', Buffer.concat([Buffer.from('#!/bin/sh\nexit\n'), zipOf([{ path: 'a' }])]));
  expect(await names()).toHaveLength(1);
});

test('snapshots are read when they are wanted', async () => {
  const version = '1.0.0-SNAPSHOT';
  await writePom(context.directory, { version });
  await writeJar(context.directory, { file: `shop-${version}.jar`, properties: { version } });
  expect(await context.problems()).toEqual([
    `shop-${version}.pom: '${version}' is a snapshot, which changes and cannot be the same in several Regions; publish a release`,
  ]);
  const [release] = await context.read({ allowSnapshots: true });
  expect(release?.id).toEqual({ format: 'maven', namespace: 'com.acme', name: 'shop', version });
});

describe('refused is', () => {
  test('an artefact without a POM', async () => {
    await writeJar(context.directory);
    expect(await context.problems()).toEqual([`shop-1.0.0.jar: ${WITHOUT_POM}`]);
  });

  test.each(['shop-1.0.0.1.jar', 'shop-1.0.01.jar', 'shop-1.0.0', 'other-1.0.0.jar', 'shopping-1.0.0.jar'])(
    'what only seems to be of a POM: %s',
    async (file) => {
      await writePom(context.directory, { packaging: 'pom' });
      await writeJar(context.directory, { file });
      expect(await context.problems()).toEqual([`${file}: ${file.endsWith('jar') ? WITHOUT_POM : UNKNOWN}`]);
    },
  );

  test('an artefact of two POMs that are elsewhere', async () => {
    await writePom(context.at('a'), { packaging: 'pom' });
    await writePom(context.at('b'), { packaging: 'pom', group: 'org.other' });
    await writeJar(context.directory);
    expect(await context.problems()).toEqual([
      'shop-1.0.0.jar: it can belong to a/shop-1.0.0.pom and to b/shop-1.0.0.pom; put it into the folder of its POM',
    ]);
  });

  test('one version of two POMs', async () => {
    await writePom(context.at('a'), { packaging: 'pom' });
    await writePom(context.at('b'), { packaging: 'pom', text: `${pomText({ packaging: 'pom' })}<!-- x -->` });
    expect(await context.problems()).toEqual([
      "b/shop-1.0.0.pom: it is the asset 'shop-1.0.0.pom' of com.acme:shop 1.0.0, and so is a/shop-1.0.0.pom with other content; give one of them",
    ]);
  });

  test('a jar of another version', async () => {
    await writePom(context.directory);
    await writeJar(context.directory, { properties: { version: '0.9' } });
    const problems = await context.problems();
    expect(problems).toContain(
      "shop-1.0.0.jar: pom.properties in it says version '0.9', and shop-1.0.0.pom says '1.0.0'; build it again, and do not rename it",
    );
  });

  test('a jar that is a page', async () => {
    await writePom(context.directory);
    await put('shop-1.0.0.jar', '<!DOCTYPE html><html>404</html>');
    expect(await context.problems()).toContain(
      "shop-1.0.0.jar: its name ends with '.jar', and it is XML or HTML; build it again",
    );
  });

  test('a jar that is text', async () => {
    await writePom(context.directory);
    await put('shop-1.0.0.jar', 'not found');
    expect(await context.problems()).toContain(
      "shop-1.0.0.jar: its name ends with '.jar', and it is something else; build it again",
    );
  });

  test.each(['shop-1.0.0.jar', 'shop-1.0.0-dist.zip', 'shop-1.0.0-bin.tar.gz'])('a broken %s', async (file) => {
    await writePom(context.directory, { packaging: 'pom' });
    await writeJar(context.directory, { file });
    const whole = file.endsWith('.gz') ? gzipSync('x'.repeat(2000)) : await readFile(context.at(file));
    await put(file, whole.subarray(0, -20));
    const [problem] = await context.problems();
    expect(problem).toMatch(/^shop-1\.0\.0.*: it is not a whole archive: .*; build it again$/);
  });

  test.each<[string, TestPom, string]>([
    [
      'a POM with another name',
      { file: 'shop-1.0.1.pom', packaging: 'pom' },
      "the file name does not agree with the POM in it, which is of 'shop' '1.0.0'; call it 'shop-1.0.0.pom'",
    ],
    [
      'a POM with a variable',
      { version: '${revision}' },
      "the version of the POM is '${revision}', which is not resolved; publish the POM that flatten-maven-plugin writes, with the value in its place",
    ],
    [
      'a POM without a group',
      { text: '<project><artifactId>shop</artifactId><version>1</version></project>' },
      'the POM has no groupId, and its parent gives none; add it',
    ],
    ['a POM with a group that leads away', { group: '../x' }, "'../x' cannot be the groupId of a POM; correct it"],
    ['a POM with a version that leads away', { version: '1/..' }, "'1/..' cannot be the version of a POM; correct it"],
    [
      'a POM with a document type',
      { text: `<!DOCTYPE project [<!ENTITY a "b">]>${pomText().split('\n').slice(1).join('\n')}` },
      'the POM has a document type (DOCTYPE), which is not read; remove it',
    ],
    [
      'a POM with two versions',
      { text: pomText().replace('<version>', '<version>2</version><version>') },
      "the POM has 'version' twice in one place; remove one",
    ],
    [
      'a POM that is no POM',
      { text: '<html></html>' },
      "it is no POM: its root is 'html' and not 'project'; leave it out",
    ],
    [
      'a POM that is not UTF-8',
      { text: Buffer.from('<project>\xf6</project>', 'latin1') },
      "the POM is not text in 'UTF-8'; write it in UTF-8",
    ],
    [
      'a POM in an encoding that is not read',
      { text: '<?xml version="1.0" encoding="UTF-7"?><project/>' },
      "the POM is not text in 'UTF-7'; write it in UTF-8",
    ],
    [
      'a POM that is too large',
      { text: Buffer.alloc(8 * 1024 ** 2 + 1, ' ') },
      'the POM is larger than 8388608 bytes; make it shorter',
    ],
  ])('%s', async (_, pom, message) => {
    const file = pom.file ?? 'shop-1.0.0.pom';
    await mkdir(context.directory, { recursive: true });
    await writePom(context.directory, { ...pom, file });
    expect(await context.problems()).toEqual([`${file}: ${message}`]);
  });

  test.each(['<project', '<project><a></project>', '<project>&nbsp;</project>', '', 'text'])(
    'a POM that is not well-formed: %j',
    async (text) => {
      await writePom(context.directory, { text: `${text} ` });
      const [problem] = await context.problems();
      expect(problem).toMatch(/^shop-1\.0\.0\.pom: the POM is not well-formed XML \(.+\); correct it$/s);
    },
  );

  test('only the POM, when it is what is wrong', async () => {
    await writePom(context.directory, { text: '<project/>' });
    await writeJar(context.directory);
    expect(await context.problems()).toEqual([
      'shop-1.0.0.pom: the POM has no groupId, and its parent gives none; add it',
    ]);
  });

  test('a signature of nothing', async () => {
    await put('shop-1.0.0.whl.asc');
    expect(await context.problems()).toEqual([
      'shop-1.0.0.whl.asc: it is a signature of no Maven artefact that was given; leave it out',
    ]);
  });
});
