import { describe, expect, test } from '@jest/globals';
import { nameRegistryCall } from '../../local-aws/registry-operations.ts';
import { readRegistryTarget } from '../../local-aws/registry-target.ts';

const NAME = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

describe('which registry a request is for', () => {
  test.each([NAME, '111122223333.dkr-ecr.eu-west-1.on.aws', '111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com:443'])(
    'is read from the name %s',
    (host) => {
      const found = readRegistryTarget(host, '/v2/acme/shop/tags/list');
      expect(found).toEqual({ region: 'eu-west-1', path: 'acme/shop/tags/list', host, prefix: '' });
    },
  );

  test('is read from the path for who reaches 127.0.0.1 only', () => {
    expect(readRegistryTarget('127.0.0.1:4566', '/v2/111122223333/us-gov-west-1/acme/shop/tags/list')).toEqual({
      region: 'us-gov-west-1',
      path: 'acme/shop/tags/list',
      host: '111122223333.dkr.ecr.us-gov-west-1.amazonaws.com',
      prefix: '111122223333/us-gov-west-1/',
    });
  });

  test('is not read from the path where the name says it', () => {
    const found = readRegistryTarget(NAME, '/v2/444455556666/us-east-1/shop/tags/list');
    expect(found).toMatchObject({ region: 'eu-west-1', path: '444455556666/us-east-1/shop/tags/list' });
  });

  test.each(['/v2', '/v2/', '/v2/shop/tags/list', '/v2/12345/us-east-1/shop/tags/list'])(
    'stays open for %s on 127.0.0.1',
    (path) => expect(readRegistryTarget('127.0.0.1:4566', path)).toMatchObject({ region: '', prefix: '' }),
  );

  test.each(['/', '/bucket/v2/key', '/v20/x'])('is none for %s', (path) => {
    expect(readRegistryTarget(NAME, path)).toBeUndefined();
  });
});

describe('the name of a call', () => {
  test.each([
    ['PUT', '/v2/acme/shop/manifests/1.0', 'PutImage', 'acme/shop@1.0'],
    ['HEAD', '/v2/manifests/blobs/sha256:00', 'BatchCheckLayerAvailability', 'manifests@sha256:00'],
    ['POST', '/v2/acme/shop/blobs/uploads/', 'InitiateLayerUpload', 'acme/shop'],
    ['PATCH', '/v2/acme/shop/blobs/uploads/00-11', 'UploadLayerPart', 'acme/shop'],
    ['GET', '/v2/tags/list/tags/list', 'ListImages', 'tags/list'],
  ])('%s %s is %s', (method, path, operation, resource) => {
    expect(nameRegistryCall(method, path)).toEqual({ operation, iamAction: `ecr:${operation}`, resource });
  });

  test.each([
    ['POST', '/v2/shop/manifests/1'],
    ['constructor', '/v2/shop/tags/list'],
    ['GET', '/v2/_catalog'],
  ])('%s %s is unknown, so that no comparison of permissions passes by accident', (method, path) => {
    expect(nameRegistryCall(method, path).iamAction).toBe('ecr:*unknown*');
  });
});
