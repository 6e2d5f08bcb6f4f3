import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fieldText, plainDecimal } from '../../../../actions/warehouse-benchmark/engine/redshift/field.ts';
import { failureOf } from '../../../../actions/warehouse-benchmark/engine/redshift/outcome.ts';
import { isUnknown, troubleOf } from '../../../../actions/warehouse-benchmark/engine/redshift/service-error.ts';
import { identifier, literal } from '../../../../actions/warehouse-benchmark/engine/redshift/sql-text.ts';
import {
  checkStatementSizes,
  LONGEST_STATEMENT,
} from '../../../../actions/warehouse-benchmark/engine/redshift/statement-size.ts';
import { BadInput } from '../../../../lib/errors.ts';

// The parts of the engine that compute: fields, errors, outcomes and SQL texts.

describe('a field as text', () => {
  test.each([
    [{ isNull: true }, null],
    [{ stringValue: '2002-05-14' }, '2002-05-14'],
    [{ stringValue: '' }, ''],
    [{ longValue: 0 }, '0'],
    [{ longValue: -9_007_199_254_740_991 }, '-9007199254740991'],
    [{ doubleValue: 1.5 }, '1.5'],
    [{ doubleValue: 1e21 }, '1000000000000000000000'],
    [{ doubleValue: -1.25e-9 }, '-0.00000000125'],
    [{ doubleValue: -0 }, '0'],
    [{ booleanValue: true }, 'true'],
    [{ booleanValue: false }, 'false'],
    [{ blobValue: new Uint8Array([0, 255]) }, '00ff'],
  ])('%j is %j', (field, text) => {
    expect(fieldText(field)).toBe(text);
  });

  test('of an unknown kind is refused', () => {
    expect(() => fieldText({ $unknown: ['mapValue', {}] })).toThrow('unknown kind: $unknown');
  });

  test('every number is written without an exponent, and reads back as itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = plainDecimal(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

function errorNamed(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

describe('an error of the service', () => {
  test.each([
    ['limit', errorNamed('ActiveSessionsExceededException')],
    ['limit', errorNamed('ActiveStatementsExceededException')],
    ['limit', errorNamed('ActiveWaitingRequestsExceededException')],
    ['limit', errorNamed('QueryTimeoutException')],
    ['session', errorNamed('ValidationException', 'Session is not available')],
    ['session', errorNamed('ValidationException', 'Session with Id: 11111111-2222-3333-4444-555555555555 is invalid.')],
    ['session', errorNamed('ValidationException', 'The session 11111111-2222 is busy with another statement.')],
    ['other', errorNamed('ValidationException', 'A statement has at most 100 KB.')],
    ['other', errorNamed('ValidationException', "Redshift endpoint doesn't exist in this region")],
    // The words alone are no sign: only this exception is about what was asked.
    ['other', errorNamed('AccessDeniedException', 'Session is not available')],
    ['passing', errorNamed('ThrottlingException', 'Rate exceeded')],
    ['passing', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['passing', Object.assign(errorNamed('InternalServerException'), { $metadata: { httpStatusCode: 500 } })],
    ['other', errorNamed('ResourceNotFoundException')],
    ['other', new TypeError('x is not a function')],
    ['other', 'a text'],
  ])('%s: %s', (trouble, error) => {
    expect(troubleOf(error)).toBe(trouble);
  });

  test('only a missing resource is unknown', () => {
    expect(isUnknown(errorNamed('ResourceNotFoundException'))).toBe(true);
    expect(isUnknown(errorNamed('ValidationException', 'Session is not available'))).toBe(false);
  });
});

describe('a statement that did not finish', () => {
  const Id = 'b2';
  const cancelled = "ERROR: Query (150) cancelled on user's request";
  const limit = { timeoutMs: 1000, cancelled: false };
  test.each([
    ['failed', { Status: 'FAILED', Error: 'ERROR: relation "x" does not exist', Duration: 5e6 }, limit],
    ['failed', { Status: 'FAILED', Error: 'ERROR: Disk Full', Duration: 2e9 }, limit],
    ['timed-out', { Status: 'FAILED', Error: 'ERROR: ended by statement_timeout', Duration: 1e9 }, limit],
    ['timed-out', { Status: 'ABORTED', Error: 'canceling statement due to statement timeout' }, limit],
    ['timed-out', { Status: 'FAILED', Error: cancelled, Duration: 1e9 }, limit],
    ['timed-out', { Status: 'ABORTED', Duration: 1e9 }, limit],
    // Somebody else has cancelled it before its time.
    ['failed', { Status: 'ABORTED', Error: cancelled, Duration: 0.2e9 }, limit],
    ['failed', { Status: 'FAILED', Error: cancelled, Duration: 9e9 }, { timeoutMs: undefined, cancelled: false }],
    ['timed-out', { Status: 'ABORTED', Duration: -1 }, { timeoutMs: 1000, cancelled: true }],
  ] as const)('%s: %j', (kind, described, given) => {
    expect(failureOf({ Id, ...described }, given).kind).toBe(kind);
  });

  test("says the service's words and the statement's id, with its time in milliseconds", () => {
    const failure = failureOf({ Id, Status: 'FAILED', Error: 'ERROR: Disk Full', Duration: 5_250_000 }, limit);
    expect([failure.message, failure.durationMs]).toEqual(['ERROR: Disk Full (statement b2)', 5.25]);
    const aborted = failureOf({ Id, Status: 'ABORTED' }, { timeoutMs: undefined, cancelled: false });
    expect(aborted.message).toBe('it was cancelled by somebody else (statement b2)');
    expect(failureOf({ Id, Status: 'ABORTED' }, { timeoutMs: 1000, cancelled: true }).message).toBe(
      'ended after 1000 ms, as asked (statement b2)',
    );
  });
});

describe('SQL', () => {
  test('texts keep quotes and backslashes, which are escapes on Redshift', () => {
    expect(literal("it's")).toBe("'it''s'");
    expect(literal('a\\')).toBe("('a' || chr(92) || '')");
    expect(identifier('a"b')).toBe('"a""b"');
  });

  test('no literal holds a backslash or an odd number of quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'a', ':', '\n') }), (text) => {
        const sql = literal(text);
        expect(sql).not.toContain('\\');
        expect((sql.match(/'/g) ?? []).length % 2).toBe(0);
      }),
    );
  });
});

describe('the size of statements', () => {
  const sized = (bytes: number) => `-- ${'ä'.repeat((bytes - 4) / 2)}x`;

  test('up to 100 KB is taken, counted in bytes', () => {
    const queries = [{ number: 14, statements: ['select 1', sized(LONGEST_STATEMENT)] }];
    expect(() => checkStatementSizes('queries', queries)).not.toThrow();
  });

  test('beyond it the query is named before anything runs', () => {
    const queries = [
      { number: 1, statements: ['select 1'] },
      { number: 14, statements: ['select 1', sized(LONGEST_STATEMENT + 2)] },
    ];
    const check = () => checkStatementSizes('queries', queries);
    expect(check).toThrow(BadInput);
    expect(check).toThrow(
      "input 'queries': query 14 has a statement of 102402 bytes; the Redshift Data API takes at most 102400 (100 KB)",
    );
  });
});
