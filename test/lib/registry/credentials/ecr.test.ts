import { expect, test } from '@jest/globals';
import { ecrRegistryOf } from '../../../../lib/registry/credentials/ecr.ts';

// Source: AWS General Reference, "Amazon ECR endpoints"; the partitions of the SDKs.
test.each([
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'eu-central-1'],
  ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1'],
  ['123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'],
  ['123456789012.dkr-ecr.eu-central-1.on.aws', 'eu-central-1'],
  ['123456789012.dkr-ecr-fips.us-west-2.on.aws', 'us-west-2'],
  ['123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com:443', 'eu-central-1'],
])('%s is a registry of account 123456789012 in %s', (host, region) => {
  expect(ecrRegistryOf(host)).toEqual({ account: '123456789012', region });
});

test.each([
  'public.ecr.aws',
  '12345678901.dkr.ecr.eu-central-1.amazonaws.com',
  '1234567890123.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example',
  '123456789012.dkr.ecr.eu-central-1.example.com',
  'evil.example/123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu.central.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.on.aws',
  '123456789012.dkr-ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com:8443',
  'api.ecr.eu-central-1.amazonaws.com',
])('%s is none', (host) => {
  expect(ecrRegistryOf(host)).toBeUndefined();
});
