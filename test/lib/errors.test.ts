import { describe, expect, test } from '@jest/globals';
import {
  awsRequestId,
  BadInput,
  badInput,
  Cancelled,
  errorMessage,
  HeadgateError,
  OperationFailed,
  Refused,
} from '../../lib/errors.ts';

const explanation = { what: 'The stack is gone', cause: 'somebody deleted it', next: 'Deploy it again' };

describe('an error', () => {
  test('says what happened, the likely cause and the next step', () => {
    expect(new OperationFailed(explanation).message).toBe(
      'The stack is gone. Likely cause: somebody deleted it. Next: Deploy it again',
    );
    expect(new Refused({ what: 'It is not ours' }).message).toBe('It is not ours');
  });

  test.each([
    [new OperationFailed(explanation), 'OperationFailed', 1],
    [new Refused(explanation), 'Refused', 1],
    [new Cancelled(explanation), 'Cancelled', 130],
    [badInput('ttl', 'is odd'), 'BadInput', 2],
    [new HeadgateError(explanation, { exitCode: 2 }), 'HeadgateError', 2],
  ])('%s is named %s and ends the process with %d', (error, name, exitCode) => {
    expect(error).toBeInstanceOf(HeadgateError);
    expect(error).toMatchObject({ name, exitCode });
  });

  test('keeps what it was caused by', () => {
    const cause = new Error('below');
    expect(new OperationFailed(explanation, { cause }).cause).toBe(cause);
    expect('cause' in new OperationFailed(explanation)).toBe(false);
  });
});

test('bad input names each input', () => {
  const error = new BadInput([
    { input: 'a', message: "input 'a': is odd" },
    { input: 'b', message: "input 'b': is even" },
  ]);
  expect(error.explanation.what).toBe("input 'a': is odd\ninput 'b': is even");
  expect(error.explanation.data).toEqual({ problems: error.problems });
  expect(badInput('ttl', "'7x' is not a duration").problems).toEqual([
    { input: 'ttl', message: "input 'ttl': '7x' is not a duration" },
  ]);
});

describe('the text of what was thrown', () => {
  const awsError = Object.assign(new Error('Rate exceeded'), {
    name: 'Throttling',
    $metadata: { requestId: '0c6b-1', httpStatusCode: 400 },
  });

  test.each<[string, unknown, string]>([
    ['an AWS error keeps its name and request id', awsError, 'Throttling: Rate exceeded (request id 0c6b-1)'],
    ['an error without a request id', Object.assign(new Error('x'), { $metadata: {} }), 'x'],
    ['a plain error', new Error('plain'), 'plain'],
    ['a text', 'thrown text', 'thrown text'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('%s', (_, thrown, text) => expect(errorMessage(thrown)).toBe(text));

  test.each([[null], ['text'], [{}], [{ $metadata: null }], [{ $metadata: 'x' }], [{ $metadata: { requestId: 7 } }]])(
    '%j has no request id',
    (thrown) => expect(awsRequestId(thrown)).toBeUndefined(),
  );
});
