import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { packageRoot } from '../../../../lib/package-root.ts';
import { expectWhole } from './watch.ts';
import { both, HOME, isWrite, NAME, openWorkplace, type Shown, type Workplace } from './workplace.ts';

// A run that is ended by SIGKILL at each of its writes, in a process of its own: before the write is carried out, and
// while it is. What a reader sees afterwards is whole, and the next run ends in a defined state.

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

const NOBODY: Shown = { definition: 'absent', python: 'absent' };

async function killed(
  verb: 'publish' | 'retire',
  n: number,
  when: 'before' | 'during',
): Promise<{ writes: number; signal: string | undefined }> {
  const program = path.join(packageRoot(), 'test/actions/glue-transform/publish/publish-process.ts');
  const inputs = JSON.stringify(verb === 'publish' ? { regions: HOME } : { regions: HOME, names: NAME });
  const running = execa(process.execPath, [program, verb, inputs, place.root], {
    reject: false,
    env: { NODE_COMPILE_CACHE: path.join(place.root, 'compile-cache') },
  });
  let writes = 0;
  place.decide = (call) => {
    if (!isWrite(call) || call.service !== 's3') return 'pass';
    writes += 1;
    if (writes === n) running.kill('SIGKILL');
    return writes < n || (writes === n && when === 'during') ? 'pass' : 'reset';
  };
  const { signal } = await running;
  place.decide = () => 'pass';
  return { writes, signal };
}

const FIRST = { what: 'the first publication', from: undefined, to: both('two') };
const CHANGE = { what: 'a change of both files', from: both('one'), to: both('two') };

test.each([
  { ...FIRST, when: 'before' },
  { ...CHANGE, when: 'during' },
] as const)(
  '$what, killed $when any write: never mixed, and the next run completes it',
  async ({ from, to, when }) => {
    const pairs = from === undefined ? [to] : [from, to];
    let ended = 0;
    for (let n = 1; ; n++) {
      await place.reset();
      if (from !== undefined) {
        place.write(from);
        expect(await place.publish()).toMatchObject({ exitCode: 0 });
      }
      place.write(to);
      const { writes, signal } = await killed('publish', n, when);
      if (writes < n) break;
      expect({ n, signal }).toEqual({ n, signal: 'SIGKILL' });
      ended += 1;
      const left = await place.shown();
      expectWhole(left, pairs, { n });
      // The next run goes on, or back to what was there, as it is told.
      for (const next of n % 2 === 0 && from !== undefined ? [from, to] : [to]) {
        place.write(next);
        const ran = await place.publish();
        expect({ n, ...ran }).toMatchObject({ n, exitCode: 0 });
        expect({ n, shown: await place.shown() }).toEqual({ n, shown: next });
      }
      expect(await place.publish()).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
    }
    expect(ended).toBeGreaterThanOrEqual(5);
  },
  120_000,
);

test('retiring, killed during any write: whole or away, and the next run ends it', async () => {
  let ended = 0;
  place.write(both('one'));
  for (let n = 1; ; n++) {
    await place.reset();
    expect(await place.publish()).toMatchObject({ exitCode: 0 });
    const { writes } = await killed('retire', n, 'during');
    if (writes < n) break;
    ended += 1;
    expectWhole(await place.shown(), [both('one')], { n });
    const next = await (n % 2 === 0 ? place.publish() : place.retire());
    expect({ n, ...next }).toMatchObject({ n, exitCode: 0 });
    expect({ n, shown: await place.shown() }).toEqual({ n, shown: n % 2 === 0 ? both('one') : NOBODY });
  }
  expect(ended).toBeGreaterThanOrEqual(4);
}, 120_000);
