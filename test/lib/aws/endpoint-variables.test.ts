import { expect, test } from '@jest/globals';
import { endpointVariables } from '../../../lib/aws/endpoint-variables.ts';

test('every variable that sends calls elsewhere is found, without what its address holds besides the place', () => {
  const found = endpointVariables({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    AWS_ENDPOINT_URL_S3: 'https://user:secret@storage.example.com/path',
    AWS_ENDPOINT_URL_STS: 'nowhere',
    AWS_ENDPOINT_URL_SNS: '',
    AWS_ENDPOINT: 'http://example.com',
  });
  expect(found).toEqual([
    { name: 'AWS_ENDPOINT_URL', origin: 'http://127.0.0.1:4566', isOnThisMachine: true },
    { name: 'AWS_ENDPOINT_URL_S3', origin: 'https://storage.example.com', isOnThisMachine: false },
    { name: 'AWS_ENDPOINT_URL_STS', origin: undefined, isOnThisMachine: false },
  ]);
});
