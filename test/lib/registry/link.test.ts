import { describe, expect, test } from '@jest/globals';
import { nextLink } from '../../../lib/registry/link.ts';

describe('the next page', () => {
  test.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
    ['<https://r.example/v2/a?last=x,y>; rel=next', 'https://r.example/v2/a?last=x,y'],
    ['<a>; rel="prev", <b>; title="x, y"; rel="last next"', 'b'],
    ['<a>;rel="NEXT"', 'a'],
    ['<a>; rel="nextish"', undefined],
    ['<a>; title="rel=next"', undefined],
    ['<>; rel="next"', undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => expect(nextLink(header)).toBe(expected));

  test('is found in several headers', () => {
    expect(nextLink(['<a>; rel="prev"', '<b>; rel="next"'])).toBe('b');
  });
});
