import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseChallenges } from '../../../lib/registry/challenge.ts';

describe('a challenge', () => {
  test.each([
    ['Basic realm="registry"', [{ scheme: 'basic', parameters: { realm: 'registry' } }]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:library/alpine:pull,push',
          },
        },
      ],
    ],
    [
      'Basic realm="a, b", Bearer realm="https://x/" , error = "insufficient_scope"',
      [
        { scheme: 'basic', parameters: { realm: 'a, b' } },
        { scheme: 'bearer', parameters: { realm: 'https://x/', error: 'insufficient_scope' } },
      ],
    ],
    [
      'Negotiate, NTLM abc==, Digest qop=auth , Basic Realm="say \\"hi\\""',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'ntlm', parameters: {} },
        { scheme: 'digest', parameters: { qop: 'auth' } },
        { scheme: 'basic', parameters: { realm: 'say "hi"' } },
      ],
    ],
    [',, Basic realm=""', [{ scheme: 'basic', parameters: { realm: '' } }]],
    ['Bearer realm=https://x/token', [{ scheme: 'bearer', parameters: { realm: 'https://x/token' } }]],
    ['', []],
    ['"', []],
    ['Bearer realm="open', [{ scheme: 'bearer', parameters: {} }]],
  ])('%s', (header, expected) => {
    expect(JSON.parse(JSON.stringify(parseChallenges(header)))).toEqual(expected);
  });

  test('of any form is read back from what writes it', () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,9}$/);
    const value = fc.string({ unit: fc.constantFrom(...'aZ09 ,="\\:/\t;') });
    const parameters = fc
      .uniqueArray(fc.tuple(token, value), { selector: ([name]) => name.toLowerCase(), maxLength: 4 })
      .map((pairs) => pairs as [string, string][]);
    const challenges = fc.array(fc.record({ scheme: token, parameters }), { minLength: 1, maxLength: 4 });
    const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(challenges, fc.constantFrom(',', ', ', ' , '), (wanted, comma) => {
        const header = wanted
          .map(({ scheme, parameters }) =>
            `${scheme} ${parameters.map(([name, text]) => `${name}=${quote(text)}`).join(comma)}`.trim(),
          )
          .join(comma);
        const expected = wanted.map(({ scheme, parameters }) => ({
          scheme: scheme.toLowerCase(),
          parameters: Object.fromEntries(parameters.map(([name, text]) => [name.toLowerCase(), text])),
        }));
        expect(parseChallenges(header).map((one) => ({ ...one, parameters: { ...one.parameters } }))).toEqual(expected);
      }),
    );
  });

  test('of any text is read without an error and in little time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aB=", \\\t/:'), maxLength: 300 }), (header) => {
        expect(Array.isArray(parseChallenges(header))).toBe(true);
      }),
    );
    expect(parseChallenges(`Basic ${'a'.repeat(50_000)}`)).toHaveLength(1);
    expect(parseChallenges(`Basic ${'a="'.repeat(20_000)}`).length).toBeLessThan(3);
    expect(parseChallenges('\t ,'.repeat(20_000))).toEqual([]);
  });
});
