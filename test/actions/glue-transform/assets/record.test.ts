import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PairId, pairId } from '../../../../actions/glue-transform/assets/keys.ts';
import {
  nextRecord,
  readRecord,
  recordText,
  type TransformRecord,
} from '../../../../actions/glue-transform/assets/record.ts';

const NOW = new Date('2026-12-01T10:00:00.000Z');
const minutes = (n: number) => new Date(NOW.getTime() + n * 60_000);
const pair = (n: number): PairId => pairId({ definition: Buffer.from(`d${n}`), python: Buffer.from(`p${n}`) });

const next = (before: TransformRecord | undefined, more: Partial<Parameters<typeof nextRecord>[0]> = {}) =>
  nextRecord({
    before,
    isSettled: false,
    pair: pair(1),
    replaces: undefined,
    earlier: undefined,
    id: 'id',
    maker: 'maker',
    owner: 'github.com/octo-org/shop',
    now: NOW,
    keepVersions: 3,
    ...more,
  });

test('the name of a version is frozen', () => {
  expect(pairId({ definition: Buffer.from('{}'), python: Buffer.from('pass\n') })).toEqual({
    version: '01394ca79dcec578',
    definition: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    python: '9f56e761d79bfdb34304a012586cb04d16b435ef6130091a97702e559260a2f2',
  });
});

test('the condition of a run that was not seen to end is carried on until its write cannot arrive any more', () => {
  const first = next(undefined, { replaces: 'one' });
  const second = next(first, { replaces: 'two', now: minutes(1) });
  expect(second.unsettled).toEqual([{ etag: 'one', until: minutes(21).toISOString() }]);
  const third = next(second, { isSettled: true, now: minutes(20) });
  expect(third.unsettled).toEqual([{ etag: 'one', until: minutes(21).toISOString() }]);
  expect(next(third, { now: minutes(22) }).unsettled).toEqual([]);
});

test('a run that has seen the end of its writes leaves no condition', () => {
  expect(next(next(undefined, { replaces: 'one' }), { isSettled: true }).unsettled).toEqual([]);
});

test('versions are kept newest first, once each, as many as asked for', () => {
  let record = next(undefined, { pair: pair(0) });
  for (const n of [1, 2, 1, 3]) record = next(record, { pair: pair(n) });
  expect(record.kept.map(({ version }) => version)).toEqual([3, 1, 2].map((n) => pair(n).version));
  expect(next(record, { pair: null }).kept).toEqual(record.kept);
});

describe('a record', () => {
  test('is read as it was written', () => {
    const etag = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean(), etag), { minLength: 1, maxLength: 12 }), (steps) => {
        let record: TransformRecord | undefined;
        for (const [n, isSettled, replaces] of steps) {
          record = next(record, { pair: n === 0 ? null : pair(n), isSettled, replaces });
        }
        expect(readRecord(recordText(record!), 'there')).toEqual(record);
      }),
    );
  });

  test('of another form is an error that says what to do', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(() => readRecord(Buffer.from(text), 's3://bucket/key')).toThrow(
          's3://bucket/key is not a record of this project',
        );
      }),
    );
  });
});
