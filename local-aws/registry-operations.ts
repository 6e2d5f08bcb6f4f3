import type { NamedOperation } from './operations.ts';

/**
 * The API operation behind each request to a registry; ECR checks the action of that name.
 * Source: ECR user guide, "Repository policy examples" and "IAM permissions for pushing an image"; for referrers ECR API
 * reference, ListImageReferrers, which the action BatchGetImage allows.
 */
const OPERATIONS: readonly (readonly [path: RegExp, methods: Readonly<Record<string, string>>])[] = [
  [
    /^\/v2\/(.+\/manifests\/[^/]+)$/,
    { GET: 'BatchGetImage', HEAD: 'BatchGetImage', PUT: 'PutImage', DELETE: 'BatchDeleteImage' },
  ],
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/, { POST: 'InitiateLayerUpload' }],
  [
    /^\/v2\/(.+)\/blobs\/uploads\/[^/]+$/,
    { GET: 'UploadLayerPart', PATCH: 'UploadLayerPart', PUT: 'CompleteLayerUpload', DELETE: 'UploadLayerPart' },
  ],
  [/^\/v2\/(.+\/blobs\/[^/]+)$/, { GET: 'GetDownloadUrlForLayer', HEAD: 'BatchCheckLayerAvailability' }],
  [/^\/v2\/(.+)\/tags\/list$/, { GET: 'ListImages' }],
  [/^\/v2\/(.+\/referrers\/[^/]+)$/, { GET: 'BatchGetImage' }],
];

/** Names a request to the registry of ECR. `/v2/` needs a login and no other permission. */
export function nameRegistryCall(method: string, path: string): NamedOperation {
  if (path === '/v2' || path === '/v2/') return { operation: 'GetVersion', iamAction: 'ecr:GetAuthorizationToken' };
  for (const [pattern, methods] of OPERATIONS) {
    const resource = pattern.exec(path)?.[1];
    const operation = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (resource === undefined || operation === undefined) continue;
    return {
      operation,
      iamAction: `ecr:${operation}`,
      resource: resource.replace(/\/(manifests|blobs|referrers)\//, '@'),
    };
  }
  return { operation: `${method} ${path}`, iamAction: 'ecr:*unknown*' };
}
