import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findSpark } from '../../../engines/spark/find.ts';
import { findJava } from '../../../engines/spark/find-java.ts';
import { findPython } from '../../../engines/spark/find-python.ts';

// A machine with nothing but what a test puts there.

const environment = { ...process.env };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-spark-'));
  process.env = { PATH: join(directory, 'path'), HOME: join(directory, 'home') };
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(directory, { recursive: true, force: true });
});

/** A program at a place in the directory. */
function program(place: string, lines: string): string {
  const file = join(directory, place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

const python = (place: string, version: string) => program(place, `echo '${version} ${join(directory, place)}'`);

/** A Java that says, as Java does, where and what it is. */
function java(place: string, version: string, home = join(directory, place)): string {
  program(
    `${place}/bin/java`,
    `echo 'Property settings:' >&2\necho '    java.home = ${home}' >&2\n` +
      `echo '    java.specification.version = ${version}' >&2\necho '    java.vm.specification.version = ${version}' >&2`,
  );
  return join(directory, place);
}

test('a file among the directories with Java, as Debian has there, is passed over', async () => {
  program('jvm/.java-1.17.0-openjdk-amd64.jinfo', '');
  const home = java('jvm/java-17', '17');
  expect(await findJava([17], [{ directory: join(directory, 'jvm'), home: '' }])).toEqual({ home, version: 17 });
});

test('HEADGATE_PYTHON is taken when its version fits, and else the one of that version on the PATH', async () => {
  const onPath = python('path/python3.11', '3.11');
  process.env.HEADGATE_PYTHON = python('mine/python', '3.11');
  expect(await findPython('3.11')).toBe(process.env.HEADGATE_PYTHON);
  process.env.HEADGATE_PYTHON = python('mine/python', '3.10');
  expect(await findPython('3.11')).toBe(onPath);
});

test('a wrapper that fails hides no Python behind it', async () => {
  program('path/python3.11', 'echo "pyenv: python3.11: command not found" >&2\nexit 127');
  const behind = python('behind/python3.11', '3.11');
  process.env.PATH = [join(directory, 'path'), join(directory, 'behind')].join(delimiter);
  expect(await findPython('3.11')).toBe(behind);
});

test('python3 is taken when it is of that version, and not when it is of another', async () => {
  const found = python('path/python3', '3.11');
  expect(await findPython('3.11')).toBe(found);
  expect(await findPython('3.1')).toBeUndefined();
  expect(await findPython('3.13')).toBeUndefined();
});

test('the Python that the image of a hosted runner has beside the PATH is found', async () => {
  const hosted = python(`hosted/Python/3.11.11/${process.arch}/bin/python3.11`, '3.11');
  python(`hosted/Python/3.12.8/${process.arch}/bin/python3.12`, '3.12');
  expect(await findPython('3.11', join(directory, 'hosted'))).toBe(hosted);
});

test('what pyenv and uv have installed is found, and 3.1 is not 3.11', async () => {
  python('home/.pyenv/versions/3.11.7/bin/python3.11', '3.11');
  const old = python('home/.pyenv/versions/3.7.16/bin/python3.7', '3.7');
  const uv = python('home/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13', '3.13');
  expect(await findPython('3.7')).toBe(old);
  expect(await findPython('3.13')).toBe(uv);
  expect(await findPython('3.1')).toBeUndefined();
  process.env.PYENV_ROOT = join(directory, 'elsewhere');
  expect(await findPython('3.7')).toBeUndefined();
});

test('JAVA_HOME comes before the PATH, and the PATH before what the system has beside it', async () => {
  const shelf = [{ directory: join(directory, 'jvm'), home: '' }];
  const beside = java('jvm/java-17', '17');
  expect(await findJava([17], shelf)).toEqual({ home: beside, version: 17 });
  const elsewhere = java('java-home-of-path', '17');
  program('path/java', `exec '${elsewhere}/bin/java' "$@"`);
  expect(await findJava([17], shelf)).toEqual({ home: elsewhere, version: 17 });
  process.env.JAVA_HOME = java('named', '17');
  expect(await findJava([17], shelf)).toEqual({ home: process.env.JAVA_HOME, version: 17 });
});

test('a Java of another version is passed over; Java 8 calls itself 1.8', async () => {
  process.env.JAVA_HOME = java('named', '25');
  const shelf = [{ directory: join(directory, 'jvm'), home: 'Contents/Home' }];
  const old = java('jvm/8/Contents/Home', '1.8');
  const newer = java('jvm/jdk-11/Contents/Home', '11');
  expect(await findJava([8, 11], shelf)).toEqual({ home: old, version: 8 });
  expect(await findJava([11], shelf)).toEqual({ home: newer, version: 11 });
  expect(await findJava([17, 21], shelf)).toBeUndefined();
});

test('what was found is told with the pair', async () => {
  const path = python('path/python3.11', '3.11');
  process.env.JAVA_HOME = java('named', '17');
  expect(await findSpark('5.0')).toEqual({
    found: true,
    pair: { glueVersion: '5.0', sparkVersion: '3.5.4', pythonVersion: '3.11', javaVersions: [17] },
    python: path,
    javaHome: process.env.JAVA_HOME,
    javaVersion: 17,
  });
});

test('what is missing is told with how to get it', async () => {
  expect(await findSpark('4.0', [])).toEqual({
    found: false,
    pair: { glueVersion: '4.0', sparkVersion: '3.3.0', pythonVersion: '3.10', javaVersions: [8, 11, 17] },
    missing:
      'Python 3.10 with its venv module was not found: install it (uv python install 3.10; where Debian or Ubuntu have it: ' +
      'apt-get install python3.10 python3.10-venv) or set HEADGATE_PYTHON to its path; and ' +
      'Java 8 or 11 or 17 was not found: install it (Debian and Ubuntu: apt-get install openjdk-17-jre-headless; ' +
      'macOS: brew install openjdk@17) or set JAVA_HOME to its directory',
  });
  python('path/python3.10', '3.10');
  expect(await findSpark('4.0', [])).toMatchObject({ missing: expect.stringMatching(/^Java 8 or 11 or 17 was not/) });
  process.env.JAVA_HOME = java('named', '11');
  expect(await findSpark('4.0', [])).toMatchObject({ found: true, javaVersion: 11 });
});

test('a version of Glue that is not known is refused', async () => {
  await expect(findSpark('2.0')).rejects.toThrow(
    "There is no Glue version '2.0' that could be run here; there are 3.0, 4.0, 5.0, 5.1, 6.0.",
  );
});
