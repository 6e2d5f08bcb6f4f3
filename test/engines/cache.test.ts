import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheDirectory, complete, temporaryDirectory } from '../../engines/cache.ts';

const environment = { ...process.env };
const host = hostname().replaceAll(/[^\w-]/g, '-');
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'headgate-cache-'));
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(cache, { recursive: true, force: true });
});

test('HEADGATE_CACHE names the directory, which is made', () => {
  process.env.HEADGATE_CACHE = join(cache, 'elsewhere');
  expect(cacheDirectory('engines')).toBe(join(cache, 'elsewhere', 'engines'));
  expect(existsSync(join(cache, 'elsewhere', 'engines'))).toBe(true);
});

test('a directory is there when it is filled, and not before', async () => {
  const place = join(cache, 'thing');
  await complete(place, async (unfinished) => {
    writeFileSync(join(unfinished, 'file'), 'all of it');
    expect(existsSync(place)).toBe(false);
  });
  expect(readFileSync(join(place, 'file'), 'utf8')).toBe('all of it');
  expect(readdirSync(cache)).toEqual(['thing']);
});

test('what failed leaves nothing behind', async () => {
  const filling = complete(join(cache, 'thing'), async (unfinished) => {
    writeFileSync(join(unfinished, 'file'), 'half of it');
    throw new Error('the disk is full');
  });
  await expect(filling).rejects.toThrow('the disk is full');
  expect(readdirSync(cache)).toEqual([]);
});

test('of two that begin at once the first one stays, and both succeed', async () => {
  const place = join(cache, 'thing');
  const first = Promise.withResolvers<void>();
  const slow = complete(place, async (unfinished) => {
    await first.promise;
    writeFileSync(join(unfinished, 'file'), 'second');
  });
  await complete(place, async (unfinished) => writeFileSync(join(unfinished, 'file'), 'first'));
  first.resolve();
  await slow;
  expect(readFileSync(join(place, 'file'), 'utf8')).toBe('first');
  expect(readdirSync(cache)).toEqual(['thing']);
});

test('what a killed process left is removed at the next start; what runs, and what is not ours, is not', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const left = `thing-unfinished.${host}.${child.pid}.abc123`;
  const foreign = `thing-unfinished.other-host.${child.pid}.abc123`;
  const old = 'thing-unfinished.other-host.1.abc123';
  for (const name of [left, foreign, old, 'thing-1.5.5-abc']) mkdirSync(join(cache, name));
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
  for (const name of [old, 'thing-1.5.5-abc']) utimesSync(join(cache, name), twoDaysAgo, twoDaysAgo);
  const own = await temporaryDirectory(cache, 'spill');
  expect(
    readdirSync(cache)
      .map((name) => join(cache, name))
      .sort(),
  ).toEqual([own, join(cache, foreign), join(cache, 'thing-1.5.5-abc')].sort());
});
