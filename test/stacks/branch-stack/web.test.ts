import { afterEach, expect, test } from '@jest/globals';
import { answer, respond } from '../../../stacks/branch-stack/functions/web/answer.ts';
import { startDynamodb } from './dynamodb-server.ts';

const settings = {
  table: 'seen',
  greeting: 'Hello',
  stack: 'shop-feature-login-pd2wrkju25',
  branch: 'feature/login',
  commit: '0123456789abcdef0123456789abcdef01234567',
};
const item = (key: string, second: number) => ({
  key: { S: key },
  sequencer: { S: '00' },
  size: { N: '7' },
  etag: { S: 'e' },
  eventTime: { S: `2026-11-22T19:49:0${second}.000Z` },
});

let stop = async () => {};
afterEach(() => stop());

test('the answer names branch, commit and uploads, the newest first', async () => {
  const dynamodb = await startDynamodb(() => ({ body: { Items: [item('old', 1), item('new', 2)], Count: 2 } }));
  stop = dynamodb.stop;
  expect(await answer(settings, dynamodb.client)).toEqual({
    message: 'Hello from feature/login',
    stack: settings.stack,
    branch: settings.branch,
    commit: settings.commit,
    uploads: [
      { key: 'new', size: 7, etag: 'e', eventTime: '2026-11-22T19:49:02.000Z' },
      { key: 'old', size: 7, etag: 'e', eventTime: '2026-11-22T19:49:01.000Z' },
    ],
    more: false,
  });
  expect(dynamodb.calls).toEqual([
    { operation: 'Scan', body: { TableName: 'seen', Limit: 100, ConsistentRead: true } },
  ]);
});

test('a table with more than one answer holds says so', async () => {
  const dynamodb = await startDynamodb(() => ({
    body: { Items: [item('a', 1)], LastEvaluatedKey: { key: { S: 'a' }, sequencer: { S: '00' } } },
  }));
  stop = dynamodb.stop;
  expect(await answer(settings, dynamodb.client)).toMatchObject({ more: true });
});

test('without a branch the message names the stack', async () => {
  const dynamodb = await startDynamodb(() => ({ body: { Items: [] } }));
  stop = dynamodb.stop;
  const message = `Hello from ${settings.stack}`;
  expect(await answer({ ...settings, branch: '' }, dynamodb.client)).toMatchObject({ message, uploads: [] });
});

const none = { ...settings, message: 'Hello', uploads: [], more: false };
const request = (method: string) => ({ requestContext: { http: { method } } });

test('a GET of the URL is answered with JSON', async () => {
  const { statusCode, headers, body } = await respond(request('GET'), async () => none);
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(JSON.parse(body)).toEqual(none);
});

test('another method is refused without reading the table', async () => {
  let reads = 0;
  const found = await respond(request('POST'), async () => {
    reads++;
    return none;
  });
  expect(found).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
  expect(reads).toBe(0);
});
