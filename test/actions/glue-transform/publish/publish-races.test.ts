import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectWhole, watcher } from './watch.ts';
import { both, type Fate, isWrite, openWorkplace, type Ran, type Shown, type Workplace } from './workplace.ts';

// Two runs publish the same transform at the same time. Before each write of either, and at the end, what a reader sees
// is whole.

let place: Workplace;
let folder: string;
let count = 0;

beforeAll(async () => {
  place = await openWorkplace();
  folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-transform-races-'));
}, 300_000);
afterAll(async () => {
  await place?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => place.reset());

const START = both('one');
const OURS = {
  both: both('ours'),
  definition: { definition: 'ours', python: 'one' },
  python: { definition: 'one', python: 'ours' },
};
const THEIRS = {
  both: both('theirs'),
  definition: { definition: 'theirs', python: 'one' },
  python: { definition: 'one', python: 'theirs' },
  nothing: START,
};

/** A transform of its own that is published already, and a way to publish it with other marks. */
async function begin() {
  count += 1;
  const name = `transform_${count}`;
  const publish = async (marks: Shown): Promise<Ran> => {
    const workspace = path.join(folder, `${name}-${marks.definition}-${marks.python}`);
    place.write(marks, name, workspace);
    return await place.publish({}, { workspace });
  };
  place.decide = () => 'pass';
  expect(await publish(START)).toMatchObject({ exitCode: 0 });
  return { publish, shown: () => place.shown(undefined, name) };
}

/** Copies are of no use to a reader; what counts begins with the record. */
const counts = (call: Parameters<typeof isWrite>[0] & { readonly resource?: string }) =>
  isWrite(call) && !/\/versions\//.test(call.resource ?? '');

const CASES: readonly (readonly [keyof typeof OURS, keyof typeof THEIRS])[] = [
  ['both', 'both'],
  ['both', 'definition'],
  ['both', 'nothing'],
  ['definition', 'python'],
  ['python', 'definition'],
];

test.each(CASES)(
  'ours (%s) is held at each of its writes until theirs (%s) has ended',
  async (mine, other) => {
    const [ours, theirs] = [OURS[mine], THEIRS[other]];
    let held = 0;
    for (let n = 1; ; n++) {
      const { publish, shown } = await begin();
      const watch = watcher(shown, [START, ours, theirs]);
      let writes = 0;
      let theirEnd: Ran | undefined;
      let isHeld = false;
      place.decide = async (call): Promise<Fate> => {
        if (!counts(call)) return 'pass';
        await watch.look({ n, writes });
        // Theirs is not counted: while it runs, ours waits.
        if (isHeld) return 'pass';
        writes += 1;
        if (writes < n) return 'pass';
        isHeld = true;
        theirEnd = await publish(theirs);
        return 'pass';
      };
      const ourEnd = await publish(ours);
      place.decide = () => 'pass';
      watch.expectNothingTorn();
      if (theirEnd === undefined) {
        expect(ourEnd.exitCode).toBe(0);
        break;
      }
      held += 1;
      const end = await shown();
      expectWhole(end, [START, ours, theirs], { n });
      // A run that ends well has its files there, unless it had ended before the other announced its own.
      const winner = ourEnd.exitCode === 0 ? ours : theirs;
      expect({ n, end, ours: ourEnd.message, theirs: theirEnd.message }).toMatchObject({ n, end: winner });
      if (ourEnd.exitCode !== 0) {
        expect(ourEnd.message).toMatch(/another run \(github.com\/octo-org\/shop\) has published version [0-9a-f]{16}/);
      }
    }
    expect(held).toBeGreaterThanOrEqual(3);
  },
  120_000,
);

test('the same content from two runs: both end well', async () => {
  const { publish, shown } = await begin();
  const ran = await Promise.all([publish(OURS.both), publish(OURS.both)]);
  expect(ran.map(({ exitCode, message }) => ({ exitCode, message }))).toEqual([
    { exitCode: 0, message: '' },
    { exitCode: 0, message: '' },
  ]);
  expect(await shown()).toEqual(OURS.both);
});

test('whatever comes in between: with calls in any order, no reader sees halves of two versions', async () => {
  const version = fc.constantFrom<Shown>(...Object.values(OURS), ...Object.values(THEIRS));
  const order = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(version, version, order, async (a, b, turns) => {
      const { publish, shown } = await begin();
      const watch = watcher(shown, [START, a, b]);
      const waiting: (() => void)[] = [];
      let turn = 0;
      let isOver = false;
      // One of the calls that wait goes on at a time, as the order says.
      const pump = async () => {
        while (!isOver) {
          const next = (turns[turn++ % turns.length] ?? 0) % Math.max(waiting.length, 1);
          waiting.splice(next, 1)[0]?.();
          for (let pause = 0; pause < 4; pause++) await new Promise((resolve) => setImmediate(resolve));
        }
      };
      place.decide = async (call): Promise<Fate> => {
        if (isWrite(call)) await watch.look({ a, b });
        await new Promise<void>((go) => waiting.push(go));
        return 'pass';
      };
      const pumping = pump();
      const ran = await Promise.all([publish(a), publish(b)]);
      isOver = true;
      await pumping;
      place.decide = () => 'pass';
      watch.expectNothingTorn();
      const end = await shown();
      expect([a, b].some((marks) => marks.definition === end.definition && marks.python === end.python)).toBe(true);
      expect(ran.map(({ exitCode }) => exitCode)).toContain(0);
    }),
    { numRuns: 12, seed: 7 },
  );
}, 120_000);
