import { afterEach, expect, test } from '@jest/globals';
import { recordUploads } from '../../../stacks/branch-stack/functions/on-upload/record-uploads.ts';
import { startDynamodb } from './dynamodb-server.ts';

// "Event message structure", Amazon S3 user guide, with all its fields.
const record = (key: string, sequencer = '0055AED6DCD90281E5') => ({
  eventVersion: '2.2',
  eventSource: 'aws:s3',
  awsRegion: 'eu-west-1',
  eventTime: '2026-11-22T19:49:00.000Z',
  eventName: 'ObjectCreated:Put',
  userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
  requestParameters: { sourceIPAddress: '192.0.2.1' },
  responseElements: {
    'x-amz-request-id': 'C3D13FE58DE4C810',
    'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S',
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'testConfigRule',
    bucket: { name: 'uploads', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'arn:aws:s3:::uploads' },
    object: { key, size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e', versionId: '096fKKXTRTtl3on89fVO', sequencer },
  },
});

let stop = async () => {};
afterEach(() => stop());

test('an upload becomes an item with key, size, etag and time', async () => {
  const dynamodb = await startDynamodb(() => ({ body: {} }));
  stop = dynamodb.stop;
  expect(await recordUploads({ Records: [record('plain.txt')] }, 'seen', dynamodb.client)).toBe(1);
  expect(dynamodb.calls).toEqual([
    {
      operation: 'PutItem',
      body: {
        TableName: 'seen',
        Item: {
          key: { S: 'plain.txt' },
          sequencer: { S: '0055AED6DCD90281E5' },
          size: { N: '1024' },
          etag: { S: 'd41d8cd98f00b204e9800998ecf8427e' },
          eventTime: { S: '2026-11-22T19:49:00.000Z' },
        },
      },
    },
  ]);
});

test.each([
  ['my+photo.jpg', 'my photo.jpg'],
  ['a%2Bb.txt', 'a+b.txt'],
  ['dir/%C3%BCmlaut.txt', 'dir/ümlaut.txt'],
  ['100%25.txt', '100%.txt'],
  ['%E6%97%A5%E6%9C%AC', '日本'],
  ['%26%3B%24%28id%29', '&;$(id)'],
])('the key %s in an event is the object %s', async (encoded, key) => {
  const dynamodb = await startDynamodb(() => ({ body: {} }));
  stop = dynamodb.stop;
  await recordUploads({ Records: [record(encoded)] }, 'seen', dynamodb.client);
  expect(dynamodb.calls[0]?.body.Item).toMatchObject({ key: { S: key } });
});

test('an event that S3 delivers twice writes the same item twice', async () => {
  const dynamodb = await startDynamodb(() => ({ body: {} }));
  stop = dynamodb.stop;
  const event = { Records: [record('a'), record('b', '0055AED6DCD90281E6')] };
  await recordUploads(event, 'seen', dynamodb.client);
  await recordUploads(event, 'seen', dynamodb.client);
  expect(dynamodb.calls).toHaveLength(4);
  expect(dynamodb.calls.slice(2)).toEqual(dynamodb.calls.slice(0, 2));
});

test('a write that fails fails the call, so that Lambda repeats it', async () => {
  const dynamodb = await startDynamodb(() => ({
    status: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
      message: 'Requested resource not found',
    },
  }));
  stop = dynamodb.stop;
  const written = recordUploads({ Records: [record('a')] }, 'seen', dynamodb.client);
  await expect(written).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
