import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { awsError } from '../../local-aws/aws-error.ts';
import { refusal } from '../../local-aws/origin.ts';
import { peek } from '../../local-aws/peek.ts';
import { routeOf } from '../../local-aws/routes.ts';
import { readScope } from '../../local-aws/signature.ts';

describe('the credential scope', () => {
  test('is read from the Authorization header', () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/s3/aws4_request, SignedHeaders=host';
    expect(readScope({ authorization }, new URLSearchParams())).toEqual({
      accessKeyId: 'AKIA',
      region: 'eu-west-1',
      service: 's3',
    });
  });

  test('is read from the query of a presigned URL', () => {
    const query = new URLSearchParams({ 'X-Amz-Credential': '123456789012/20261122/us-east-1/s3/aws4_request' });
    expect(readScope({}, query)).toEqual({ accessKeyId: '123456789012', region: 'us-east-1', service: 's3' });
  });

  test('has no Region when it was signed with SigV4A', () => {
    const authorization = 'AWS4-ECDSA-P256-SHA256 Credential=AKIA/20261122/s3/aws4_request, SignedHeaders=host';
    expect(readScope({ authorization }, new URLSearchParams())).toMatchObject({ region: '*', service: 's3' });
  });

  test.each(['', 'Bearer abc', 'Basic dXNlcg==', 'AWS4-HMAC-SHA256 Credential=AKIA/1/2, SignedHeaders=host'])(
    'is absent from %j',
    (authorization) => {
      expect(readScope({ authorization }, new URLSearchParams())).toBeUndefined();
    },
  );
});

describe('web pages of other origins', () => {
  test.each(['http://attacker.example', 'null', 'https://localhost.attacker.example', 'http://127.0.0.1.example'])(
    'are refused: %s',
    (origin) => {
      expect(refusal({ origin })).toContain('other origins');
    },
  );

  test.each(['http://localhost:3000', 'http://app.localhost', 'http://127.0.0.1:8080', 'http://[::1]:1'])(
    'pages of this machine may pass: %s',
    (origin) => {
      expect(refusal({ origin, 'sec-fetch-site': 'cross-site' })).toBeUndefined();
    },
  );

  test('a cross-site request without Origin is refused, a client without either may pass', () => {
    expect(refusal({ 'sec-fetch-site': 'cross-site' })).toContain('cross-site');
    expect(refusal({})).toBeUndefined();
  });
});

describe('an error has the shape of the protocol', () => {
  const error = { status: 501, code: 'NotImplemented', message: 'no <such> service' };
  const query = new URLSearchParams();

  test('XML for S3 and for forms', () => {
    const s3 = awsError({ headers: {}, query, service: 's3' }, error);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(s3.body).toContain('<Error><Code>NotImplemented</Code><Message>no &lt;such&gt; service</Message>');
    expect(awsError({ headers: form, query, service: 'sdb' }, error).body).toContain('<ErrorResponse><Error><Type>');
    expect(awsError({ headers: form, query, service: 'ec2' }, error).body).toContain('<Response><Errors>');
  });

  test('JSON for the rest, with the content type of the request', () => {
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    const reply = awsError({ headers, query, service: 'glacier' }, error);
    expect(reply.headers).toMatchObject(headers);
    expect(JSON.parse(reply.body.toString())).toEqual({ __type: 'NotImplemented', message: 'no <such> service' });
  });
});

test('a peeked body arrives whole, however long its beginning is', async () => {
  const parts = ['ab', 'cd', 'ef'].map((part) => Buffer.from(part));
  for (const limit of [0, 1, 2, 3, 100]) {
    const { head, body } = await peek(Readable.from(parts), limit);
    expect('abcdef'.startsWith(head.toString())).toBe(true);
    expect(await text(body)).toBe('abcdef');
  }
});

test('services go where they are answered, and nowhere when nobody does', () => {
  expect(routeOf('cloudformation')).toBe('ministack');
  expect(routeOf('acm-pca')).toBe('moto');
  expect(routeOf('glacier')).toBeUndefined();
});
