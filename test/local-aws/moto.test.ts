import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { signed } from './support.ts';

let aws: LocalAws;

beforeAll(async () => {
  aws = await startLocalAws();
}, 300_000);

afterAll(() => aws?.stop());

async function acmPca(operation: string, body: object, account: string): Promise<Record<string, unknown>> {
  const answer = await signed(aws.endpoint, 'acm-pca', {
    method: 'POST',
    account,
    body: JSON.stringify(body),
    headers: { 'x-amz-target': `ACMPrivateCA.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
  });
  return (await answer.json()) as Record<string, unknown>;
}

async function emulators(): Promise<string[]> {
  const status = await (await fetch(`${aws.endpoint}/_headgate/status`)).json();
  return (status as { emulators: { name: string }[] }).emulators.map(({ name }) => name);
}

test('a service that only moto has starts moto, keeps accounts apart, is recorded and reset', async () => {
  expect(await emulators()).toEqual(['ministack']);
  const authority = {
    CertificateAuthorityType: 'ROOT',
    CertificateAuthorityConfiguration: {
      KeyAlgorithm: 'EC_prime256v1',
      SigningAlgorithm: 'SHA256WITHECDSA',
      Subject: { CommonName: 'test' },
    },
  };
  const { CertificateAuthorityArn } = await acmPca('CreateCertificateAuthority', authority, '111111111111');
  expect(CertificateAuthorityArn).toContain('arn:aws:acm-pca:eu-west-1:111111111111:certificate-authority/');
  expect(await emulators()).toEqual(['ministack', 'moto']);
  expect(aws.calls()).toMatchObject([
    { iamAction: 'acm-pca:CreateCertificateAuthority', account: '111111111111', status: 200 },
  ]);
  const seenBy = async (account: string) => {
    const { CertificateAuthorities } = await acmPca('ListCertificateAuthorities', {}, account);
    return (CertificateAuthorities as unknown[]).length;
  };
  expect([await seenBy('111111111111'), await seenBy('222222222222')]).toEqual([1, 0]);
  await aws.reset();
  expect(await seenBy('111111111111')).toBe(0);
}, 300_000);

test('an operation that moto does not have is refused in JSON, not with a page', async () => {
  const answer = await acmPca('CreateCertificateAuthorityAuditReport', {}, '111111111111');
  expect(answer).toMatchObject({
    __type: 'NotImplemented',
    message: expect.stringContaining("does not have CreateCertificateAuthorityAuditReport of 'acm-pca'"),
  });
  expect(aws.calls().at(-1)?.status).toBe(501);
});
