import { describe, expect, test } from '@jest/globals';
import { type NamedRequest, nameOperation, needsBody, unsignedService } from '../../local-aws/operations.ts';

function request(line: string, service: string, rest: Partial<NamedRequest> = {}): NamedRequest {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', search = ''] = url.split('?');
  return { method, path, query: new URLSearchParams(search), headers: {}, service, ...rest };
}

describe('S3 calls are named by method, path and query', () => {
  test.each([
    ['GET /', 'ListBuckets', 's3:ListAllMyBuckets'],
    ['GET /?x-id=ListBuckets', 'ListBuckets', 's3:ListAllMyBuckets'],
    ['HEAD /b', 'HeadBucket', 's3:ListBucket'],
    ['PUT /b', 'CreateBucket', 's3:CreateBucket'],
    ['PUT /b/', 'CreateBucket', 's3:CreateBucket'],
    ['DELETE /b', 'DeleteBucket', 's3:DeleteBucket'],
    ['GET /b', 'ListObjects', 's3:ListBucket'],
    ['GET /b?list-type=2&prefix=x', 'ListObjectsV2', 's3:ListBucket'],
    ['GET /b?versions&max-keys=2', 'ListObjectVersions', 's3:ListBucketVersions'],
    ['GET /b?uploads', 'ListMultipartUploads', 's3:ListBucketMultipartUploads'],
    ['GET /b?versioning', 'GetBucketVersioning', 's3:GetBucketVersioning'],
    ['PUT /b?encryption', 'PutBucketEncryption', 's3:PutEncryptionConfiguration'],
    ['PUT /b?publicAccessBlock', 'PutPublicAccessBlock', 's3:PutBucketPublicAccessBlock'],
    ['PUT /b?lifecycle', 'PutBucketLifecycleConfiguration', 's3:PutLifecycleConfiguration'],
    ['PUT /b?tagging', 'PutBucketTagging', 's3:PutBucketTagging'],
    ['DELETE /b?policy', 'DeleteBucketPolicy', 's3:DeleteBucketPolicy'],
    ['GET /b?location', 'GetBucketLocation', 's3:GetBucketLocation'],
    ['PUT /b?object-lock', 'PutObjectLockConfiguration', 's3:PutBucketObjectLockConfiguration'],
    ['GET /b/k', 'GetObject', 's3:GetObject'],
    ['GET /b/k?versionId=1', 'GetObject', 's3:GetObjectVersion'],
    ['HEAD /b/k', 'HeadObject', 's3:GetObject'],
    ['HEAD /b/k?versionId=1', 'HeadObject', 's3:GetObjectVersion'],
    ['PUT /b/k', 'PutObject', 's3:PutObject'],
    ['DELETE /b/k', 'DeleteObject', 's3:DeleteObject'],
    ['DELETE /b/k?versionId=1', 'DeleteObject', 's3:DeleteObjectVersion'],
    ['POST /b/k?uploads', 'CreateMultipartUpload', 's3:PutObject'],
    ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPart', 's3:PutObject'],
    ['POST /b/k?uploadId=u', 'CompleteMultipartUpload', 's3:PutObject'],
    ['DELETE /b/k?uploadId=u', 'AbortMultipartUpload', 's3:AbortMultipartUpload'],
    ['GET /b/k?uploadId=u', 'ListParts', 's3:ListMultipartUploadParts'],
    ['PUT /b/k?tagging', 'PutObjectTagging', 's3:PutObjectTagging'],
    ['GET /b/k?tagging&versionId=1', 'GetObjectTagging', 's3:GetObjectVersionTagging'],
    ['PUT /b/k?acl', 'PutObjectAcl', 's3:PutObjectAcl'],
  ])('%s is %s', (line, operation, iamAction) => {
    expect(nameOperation(request(line, 's3'))).toMatchObject({ operation, iamAction });
  });

  test('DeleteObjects needs the version action only when the body names a version', () => {
    const line = 'POST /b?delete';
    const keys = nameOperation(request(line, 's3', { body: '<Object><Key>k</Key></Object>' }));
    const versions = nameOperation(
      request(line, 's3', { body: '<Object><Key>k</Key><VersionId>1</VersionId></Object>' }),
    );
    expect(keys.iamAction).toBe('s3:DeleteObject');
    expect(versions.iamAction).toBe('s3:DeleteObjectVersion');
  });

  test('a copy also needs to read its source, and tags on a write their own action', () => {
    const copy = nameOperation(request('PUT /b/k', 's3', { headers: { 'x-amz-copy-source': '/a/k' } }));
    const tagged = nameOperation(request('PUT /b/k', 's3', { headers: { 'x-amz-tagging': 'a=b' } }));
    expect(copy).toMatchObject({ operation: 'CopyObject', iamAction: 's3:PutObject', alsoNeeds: ['s3:GetObject'] });
    expect(tagged.alsoNeeds).toEqual(['s3:PutObjectTagging']);
  });

  test('the resource is bucket and key, decoded, also for a bucket in the host name', () => {
    const path = nameOperation(request('GET /b/a%20b/c%25', 's3'));
    const host = nameOperation(request('GET /k', 's3', { headers: { host: 'my.bucket.s3.eu-west-1.amazonaws.com' } }));
    expect(path.resource).toBe('b/a b/c%');
    expect(host).toMatchObject({ operation: 'GetObject', resource: 'my.bucket/k' });
  });

  test('a path that cannot be decoded is kept as it came', () => {
    expect(nameOperation(request('GET /b/%E0%A4%A', 's3')).resource).toBe('b/%E0%A4%A');
  });
});

describe('calls of other protocols are named', () => {
  test.each([
    ['POST /2015-03-31/functions/f/invocations', 'Invoke', 'lambda:InvokeFunction'],
    ['GET /2015-03-31/functions/f', 'GetFunction', 'lambda:GetFunction'],
    ['GET /2015-03-31/functions', 'ListFunctions', 'lambda:ListFunctions'],
    ['GET /2015-03-31/functions/', 'ListFunctions', 'lambda:ListFunctions'],
    ['DELETE /2015-03-31/functions/f/policy/s', 'RemovePermission', 'lambda:RemovePermission'],
    ['GET /2021-10-31/functions/f/url', 'GetFunctionUrlConfig', 'lambda:GetFunctionUrlConfig'],
  ])('Lambda: %s is %s', (line, operation, iamAction) => {
    expect(nameOperation(request(line, 'lambda'))).toMatchObject({ operation, iamAction });
  });

  test('JSON by its target', () => {
    const call = request('POST /', 'dynamodb', { headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' } });
    expect(nameOperation(call)).toEqual({ operation: 'PutItem', iamAction: 'dynamodb:PutItem' });
  });

  test('RPC v2 by its path, with the IAM prefix of the service', () => {
    const call = request('POST /service/GraniteServiceVersion20100801/operation/PutMetricData', 'monitoring');
    expect(nameOperation(call)).toEqual({ operation: 'PutMetricData', iamAction: 'cloudwatch:PutMetricData' });
  });

  test('Query by its Action, with the role that must be passed and the stack it is about', () => {
    const body = new URLSearchParams({ Action: 'CreateStack', StackName: 's', RoleARN: 'arn:aws:iam::1:role/r' });
    expect(nameOperation(request('POST /', 'cloudformation', { body: body.toString() }))).toEqual({
      operation: 'CreateStack',
      iamAction: 'cloudformation:CreateStack',
      alsoNeeds: ['iam:PassRole'],
      resource: 's',
    });
  });

  test('a REST call that no table names gets an action that no policy can contain', () => {
    expect(nameOperation(request('GET /restapis/1', 'apigateway'))).toEqual({
      operation: 'GET /restapis/1',
      iamAction: 'apigateway:*unknown*',
    });
  });
});

test('only form bodies and DeleteObjects are read', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  expect(needsBody(request('POST /', 'sts', { headers: form }))).toBe(true);
  expect(needsBody(request('POST /b?delete', 's3'))).toBe(true);
  expect(needsBody(request('PUT /b/k', 's3'))).toBe(false);
  expect(needsBody(request('POST /', 'dynamodb', { headers: { 'x-amz-target': 'x.y' } }))).toBe(false);
});

test('calls that AWS takes unsigned find their service', () => {
  const target = { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' };
  expect(unsignedService({}, '/', 'AssumeRoleWithWebIdentity')).toBe('sts');
  expect(unsignedService(target, '/', null)).toBe('cognito-idp');
  expect(unsignedService({}, '/v2/', null)).toBe('ecr');
  expect(unsignedService({}, '/bucket/key', null)).toBe('s3');
  expect(unsignedService({}, '/', 'RunInstances')).toBe('unknown');
});
