import { expect, test } from '@jest/globals';
import { chooseShare, type InboundShare } from '../../../../actions/warehouse-benchmark/warehouse/data-share.ts';
import { OperationFailed, Refused } from '../../../../lib/errors.ts';

// Which data share is meant, among those that a namespace has. The statements run in the suites of `prepare`.

const share = (name: string, more: Partial<InboundShare> = {}): InboundShare => ({
  name,
  account: '111122223333',
  namespace: 'aaaa',
  database: undefined,
  ...more,
});
const choose = (shares: readonly InboundShare[], shareName?: string) =>
  chooseShare(shares, { shareName, shareDatabase: 'tpcds_db' });

test.each(['tpcds', 'TPC-DS', 'tpc_ds_benchmark', 'adx tpc ds data'])('%s is found by its name', (name) => {
  expect(choose([share('sales'), share(name)])).toEqual(share(name));
});

test('a name that is given is the only one that counts', () => {
  expect(choose([share('tpcds'), share('sales')], 'sales')).toEqual(share('sales'));
});

test.each([[[]], [[share('sales')]]])('without one the next step is the subscription: %j', (shares) => {
  expect(() => choose(shares)).toThrow(OperationFailed);
  expect(() => choose(shares)).toThrow(
    shares.length === 0
      ? 'The database user sees no data share of TPC-DS in this namespace (none at all)'
      : 'in this namespace (sales of account 111122223333, namespace aaaa)',
  );
  expect(() => choose(shares)).toThrow(
    'Subscribe to "TPC-DS Benchmark Data" on AWS Data Exchange and accept its terms',
  );
});

test('of several none is guessed', () => {
  expect(() => choose([share('tpcds'), share('tpcds2')])).toThrow(Refused);
  expect(() => choose([share('tpcds'), share('tpcds2')])).toThrow("Say which with 'share-name'");
  expect(choose([share('tpcds'), share('tpcds2')], 'tpcds2')).toEqual(share('tpcds2'));
});

test('of several with one name it is the one that is the database already', () => {
  const made = share('tpcds', { namespace: 'bbbb', database: 'tpcds_db' });
  expect(choose([share('tpcds'), made])).toEqual(made);
});

test('a share that is another database is not made a second one', () => {
  expect(() => choose([share('tpcds', { database: 'other' })])).toThrow("Give 'share-database: other'");
});
