import type { NamedOperation } from './operations.ts';

/** What a subresource of a bucket is called in the API and in IAM, by method. */
type Subresource = Partial<Record<'GET' | 'PUT' | 'DELETE', readonly [operation: string, action: string]>>;

/**
 * Bucket subresources by their query key.
 * Source of the actions: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3", and
 * the "Permissions" of each operation in the S3 API reference.
 */
const BUCKET: Record<string, Subresource> = {
  accelerate: {
    GET: ['GetBucketAccelerateConfiguration', 'GetAccelerateConfiguration'],
    PUT: ['PutBucketAccelerateConfiguration', 'PutAccelerateConfiguration'],
  },
  acl: { GET: ['GetBucketAcl', 'GetBucketAcl'], PUT: ['PutBucketAcl', 'PutBucketAcl'] },
  analytics: {
    GET: ['GetBucketAnalyticsConfiguration', 'GetAnalyticsConfiguration'],
    PUT: ['PutBucketAnalyticsConfiguration', 'PutAnalyticsConfiguration'],
    DELETE: ['DeleteBucketAnalyticsConfiguration', 'PutAnalyticsConfiguration'],
  },
  cors: {
    GET: ['GetBucketCors', 'GetBucketCORS'],
    PUT: ['PutBucketCors', 'PutBucketCORS'],
    DELETE: ['DeleteBucketCors', 'PutBucketCORS'],
  },
  encryption: {
    GET: ['GetBucketEncryption', 'GetEncryptionConfiguration'],
    PUT: ['PutBucketEncryption', 'PutEncryptionConfiguration'],
    DELETE: ['DeleteBucketEncryption', 'PutEncryptionConfiguration'],
  },
  'intelligent-tiering': {
    GET: ['GetBucketIntelligentTieringConfiguration', 'GetIntelligentTieringConfiguration'],
    PUT: ['PutBucketIntelligentTieringConfiguration', 'PutIntelligentTieringConfiguration'],
    DELETE: ['DeleteBucketIntelligentTieringConfiguration', 'PutIntelligentTieringConfiguration'],
  },
  inventory: {
    GET: ['GetBucketInventoryConfiguration', 'GetInventoryConfiguration'],
    PUT: ['PutBucketInventoryConfiguration', 'PutInventoryConfiguration'],
    DELETE: ['DeleteBucketInventoryConfiguration', 'PutInventoryConfiguration'],
  },
  lifecycle: {
    GET: ['GetBucketLifecycleConfiguration', 'GetLifecycleConfiguration'],
    PUT: ['PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration'],
    DELETE: ['DeleteBucketLifecycle', 'PutLifecycleConfiguration'],
  },
  location: { GET: ['GetBucketLocation', 'GetBucketLocation'] },
  logging: { GET: ['GetBucketLogging', 'GetBucketLogging'], PUT: ['PutBucketLogging', 'PutBucketLogging'] },
  metrics: {
    GET: ['GetBucketMetricsConfiguration', 'GetMetricsConfiguration'],
    PUT: ['PutBucketMetricsConfiguration', 'PutMetricsConfiguration'],
    DELETE: ['DeleteBucketMetricsConfiguration', 'PutMetricsConfiguration'],
  },
  notification: {
    GET: ['GetBucketNotificationConfiguration', 'GetBucketNotification'],
    PUT: ['PutBucketNotificationConfiguration', 'PutBucketNotification'],
  },
  'object-lock': {
    GET: ['GetObjectLockConfiguration', 'GetBucketObjectLockConfiguration'],
    PUT: ['PutObjectLockConfiguration', 'PutBucketObjectLockConfiguration'],
  },
  ownershipControls: {
    GET: ['GetBucketOwnershipControls', 'GetBucketOwnershipControls'],
    PUT: ['PutBucketOwnershipControls', 'PutBucketOwnershipControls'],
    DELETE: ['DeleteBucketOwnershipControls', 'PutBucketOwnershipControls'],
  },
  policy: {
    GET: ['GetBucketPolicy', 'GetBucketPolicy'],
    PUT: ['PutBucketPolicy', 'PutBucketPolicy'],
    DELETE: ['DeleteBucketPolicy', 'DeleteBucketPolicy'],
  },
  policyStatus: { GET: ['GetBucketPolicyStatus', 'GetBucketPolicyStatus'] },
  publicAccessBlock: {
    GET: ['GetPublicAccessBlock', 'GetBucketPublicAccessBlock'],
    PUT: ['PutPublicAccessBlock', 'PutBucketPublicAccessBlock'],
    DELETE: ['DeletePublicAccessBlock', 'PutBucketPublicAccessBlock'],
  },
  replication: {
    GET: ['GetBucketReplication', 'GetReplicationConfiguration'],
    PUT: ['PutBucketReplication', 'PutReplicationConfiguration'],
    DELETE: ['DeleteBucketReplication', 'PutReplicationConfiguration'],
  },
  requestPayment: {
    GET: ['GetBucketRequestPayment', 'GetBucketRequestPayment'],
    PUT: ['PutBucketRequestPayment', 'PutBucketRequestPayment'],
  },
  tagging: {
    GET: ['GetBucketTagging', 'GetBucketTagging'],
    PUT: ['PutBucketTagging', 'PutBucketTagging'],
    DELETE: ['DeleteBucketTagging', 'PutBucketTagging'],
  },
  uploads: { GET: ['ListMultipartUploads', 'ListBucketMultipartUploads'] },
  versioning: {
    GET: ['GetBucketVersioning', 'GetBucketVersioning'],
    PUT: ['PutBucketVersioning', 'PutBucketVersioning'],
  },
  versions: { GET: ['ListObjectVersions', 'ListBucketVersions'] },
  website: {
    GET: ['GetBucketWebsite', 'GetBucketWebsite'],
    PUT: ['PutBucketWebsite', 'PutBucketWebsite'],
    DELETE: ['DeleteBucketWebsite', 'DeleteBucketWebsite'],
  },
};

export interface S3Request {
  method: string;
  host: string;
  /** The path as sent, still encoded. */
  path: string;
  query: URLSearchParams;
  header: (name: string) => string | undefined;
  /** The body of DeleteObjects; other bodies are not read. */
  body?: string;
}

/** Names an S3 call and the IAM actions it needs. The service is REST over XML: method, path and query say it all. */
export function nameS3(request: S3Request): NamedOperation {
  const { bucket, key } = address(request);
  if (!bucket) return named('ListBuckets', 'ListAllMyBuckets');
  const operation = key ? objectOperation(request) : bucketOperation(request);
  return { ...operation, resource: key ? `${bucket}/${key}` : bucket };
}

/** Whether the body must be read to know what IAM action the call needs. */
export function isDeleteObjects(method: string, query: URLSearchParams): boolean {
  return method === 'POST' && query.has('delete');
}

function address({ host, path }: S3Request): { bucket: string; key: string } {
  const virtualHosted = /^(?<bucket>[a-z0-9][a-z0-9.-]+?)\.s3[.-]/.exec(host)?.groups?.bucket;
  const decoded = decode(path.replace(/^\//, ''));
  if (virtualHosted) return { bucket: virtualHosted, key: decoded };
  const slash = decoded.indexOf('/');
  return slash < 0 ? { bucket: decoded, key: '' } : { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function bucketOperation({ method, query, body }: S3Request): NamedOperation {
  if (isDeleteObjects(method, query)) {
    return named('DeleteObjects', body?.includes('<VersionId>') ? 'DeleteObjectVersion' : 'DeleteObject');
  }
  for (const [key, methods] of Object.entries(BUCKET)) {
    if (!query.has(key)) continue;
    const entry = methods[method as keyof Subresource];
    if (entry) return named(...entry);
  }
  switch (method) {
    case 'HEAD':
      return named('HeadBucket', 'ListBucket');
    case 'PUT':
      return named('CreateBucket', 'CreateBucket');
    case 'DELETE':
      return named('DeleteBucket', 'DeleteBucket');
    case 'POST':
      return named('PostObject', 'PutObject');
    default:
      return named(query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects', 'ListBucket');
  }
}

function objectOperation({ method, query, header }: S3Request): NamedOperation {
  const version = query.has('versionId') ? 'Version' : '';
  if (query.has('tagging')) {
    const verb = method === 'PUT' ? 'Put' : method === 'DELETE' ? 'Delete' : 'Get';
    return named(`${verb}ObjectTagging`, `${verb}Object${version}Tagging`);
  }
  if (query.has('acl')) {
    const verb = method === 'PUT' ? 'Put' : 'Get';
    return named(`${verb}ObjectAcl`, `${verb}Object${version}Acl`);
  }
  for (const [key, name] of [
    ['retention', 'ObjectRetention'],
    ['legal-hold', 'ObjectLegalHold'],
  ] as const) {
    if (query.has(key))
      return named(`${method === 'PUT' ? 'Put' : 'Get'}${name}`, `${method === 'PUT' ? 'Put' : 'Get'}${name}`);
  }
  if (query.has('attributes')) {
    return named('GetObjectAttributes', `GetObject${version}Attributes`, `s3:GetObject${version}`);
  }
  if (query.has('torrent')) return named('GetObjectTorrent', 'GetObjectTorrent');
  if (query.has('restore')) return named('RestoreObject', 'RestoreObject');
  if (query.has('select')) return named('SelectObjectContent', 'GetObject');
  const source = header('x-amz-copy-source');
  const readSource = source?.includes('versionId=') ? 's3:GetObjectVersion' : 's3:GetObject';
  if (query.has('uploads')) return named('CreateMultipartUpload', 'PutObject', ...writeExtras(header));
  if (query.has('uploadId')) {
    if (method === 'PUT') {
      return source ? named('UploadPartCopy', 'PutObject', readSource) : named('UploadPart', 'PutObject');
    }
    if (method === 'POST') return named('CompleteMultipartUpload', 'PutObject');
    if (method === 'DELETE') return named('AbortMultipartUpload', 'AbortMultipartUpload');
    return named('ListParts', 'ListMultipartUploadParts');
  }
  switch (method) {
    case 'PUT':
      return source
        ? named('CopyObject', 'PutObject', readSource, ...writeExtras(header))
        : named('PutObject', 'PutObject', ...writeExtras(header));
    case 'DELETE':
      return named('DeleteObject', `DeleteObject${version}`);
    case 'HEAD':
      return named('HeadObject', `GetObject${version}`);
    default:
      return named('GetObject', `GetObject${version}`);
  }
}

/** Headers of a write that need an action of their own. */
function writeExtras(header: S3Request['header']): string[] {
  const extras: string[] = [];
  if (header('x-amz-tagging')) extras.push('s3:PutObjectTagging');
  if (header('x-amz-acl')) extras.push('s3:PutObjectAcl');
  if (header('x-amz-object-lock-mode')) extras.push('s3:PutObjectRetention');
  if (header('x-amz-object-lock-legal-hold')) extras.push('s3:PutObjectLegalHold');
  return extras;
}

function named(operation: string, action: string, ...alsoNeeds: string[]): NamedOperation {
  return { operation, iamAction: `s3:${action}`, ...(alsoNeeds.length > 0 && { alsoNeeds }) };
}
