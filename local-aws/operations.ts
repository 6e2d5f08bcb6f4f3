import type { IncomingHttpHeaders } from 'node:http';
import { nameApiCall } from './codeartifact/operation-table.ts';
import { namePackagesCall, type PackagesTarget } from './codeartifact/target.ts';
import { nameLambda } from './lambda-operations.ts';
import { nameRegistryCall } from './registry-operations.ts';
import { isDeleteObjects, nameS3 } from './s3-operations.ts';

/** What an API call is called, and what allows it. */
export interface NamedOperation {
  operation: string;
  iamAction: string;
  alsoNeeds?: string[];
  resource?: string;
}

export interface NamedRequest {
  method: string;
  /** Path without query, as sent. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The signing name of the service. */
  service: string;
  /** True for a request to the registry of ECR. */
  registry?: boolean;
  /** Set for a request of a package manager to CodeArtifact. */
  packages?: PackagesTarget | undefined;
  /** The beginning of the body, where `needsBody` asked for it. */
  body?: string;
}

/**
 * Service prefixes of IAM actions that differ from the signing name.
 * Source: Service Authorization Reference, one page a service.
 */
const IAM_PREFIX: Record<string, string> = {
  monitoring: 'cloudwatch',
  iotdata: 'iot',
};

/** Operations of the Query and JSON protocols whose IAM action has another name. Same source. */
const IAM_ACTION: Record<string, string> = {
  'dynamodb:TransactGetItems': 'dynamodb:GetItem',
  'dynamodb:TransactWriteItems': 'dynamodb:PutItem',
  'sqs:SendMessageBatch': 'sqs:SendMessage',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  'sns:PublishBatch': 'sns:Publish',
  'redshift-data:GetStatementResultV2': 'redshift-data:GetStatementResult',
};

/** Operations that hand a role to the service, whatever else they say. Same source, "Dependent actions". */
const PASSES_ROLE: ReadonlySet<string> = new Set(['glue:CreateJob', 'glue:UpdateJob']);

/** Parameters of the Query protocol that name the resource, most telling first. */
const RESOURCE_PARAMETERS = ['StackName', 'RoleArn', 'RoleName', 'QueueUrl', 'TopicArn', 'ChangeSetName'];

/** Whether the operation can only be named from the body: form bodies, and S3 DeleteObjects. */
export function needsBody(
  request: Pick<NamedRequest, 'method' | 'headers' | 'query'> & { service: string | undefined },
): boolean {
  const type = request.headers['content-type'] ?? '';
  return (
    (request.method === 'POST' && type.startsWith('application/x-www-form-urlencoded')) ||
    (request.service?.startsWith('s3') === true && isDeleteObjects(request.method, request.query))
  );
}

/**
 * Names the operation of a request in any AWS protocol: `X-Amz-Target` (JSON), the path of RPC v2, `Action` (Query), and
 * tables for the REST services S3, Lambda and CodeArtifact. Another REST call is named by method and path, with the IAM
 * action `service:*unknown*`, so that a comparison with declared permissions cannot pass by accident.
 */
export function nameOperation(request: NamedRequest): NamedOperation {
  const { method, path, query, headers, service } = request;
  if (request.registry) return nameRegistryCall(method, path);
  if (request.packages) return namePackagesCall(method, request.packages);
  if (service === 'codeartifact') {
    const found = nameApiCall(method, path, query);
    if (found) return found;
  }
  if (service === 's3' || service === 's3express') return s3(request);
  if (service === 'lambda') {
    const found = nameLambda(method, path);
    if (found) return found;
  }
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return simple(service, target.slice(target.lastIndexOf('.') + 1));
  const rpc = /\/service\/[^/]+\/operation\/([^/]+)$/.exec(path)?.[1];
  if (rpc) return simple(service, rpc);
  const form = request.body === undefined ? query : new URLSearchParams(request.body);
  const action = form.get('Action');
  if (action) return fromForm(service, action, form);
  return { operation: `${method} ${path}`, iamAction: `${IAM_PREFIX[service] ?? service}:*unknown*` };
}

function s3({ method, path, query, headers, body }: NamedRequest): NamedOperation {
  const header = (name: string) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return nameS3({ method, path, query, header, host: headers.host ?? '', ...(body !== undefined && { body }) });
}

function fromForm(service: string, action: string, form: URLSearchParams): NamedOperation {
  const named = simple(service, action);
  // A role that the service is to use must be passed: CloudFormation API reference, RoleARN.
  if (service === 'cloudformation' && form.get('RoleARN')) named.alsoNeeds = ['iam:PassRole'];
  const resource = RESOURCE_PARAMETERS.map((name) => form.get(name)).find(Boolean);
  return resource ? { ...named, resource } : named;
}

function simple(service: string, operation: string): NamedOperation {
  const action = `${IAM_PREFIX[service] ?? service}:${operation}`;
  const named: NamedOperation = { operation, iamAction: IAM_ACTION[action] ?? action };
  return PASSES_ROLE.has(action) ? { ...named, alsoNeeds: ['iam:PassRole'] } : named;
}

/** Services whose unsigned calls say who they are: by target prefix or by action. */
const TARGET_SERVICE: Record<string, string> = {
  AWSCognitoIdentityProviderService: 'cognito-idp',
  AWSCognitoIdentityService: 'cognito-identity',
  DynamoDB_20120810: 'dynamodb',
};
const UNSIGNED_STS = new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);

/** The service of a request without a SigV4 scope. Everything that is not recognised is an anonymous S3 call. */
export function unsignedService(headers: IncomingHttpHeaders, path: string, action: string | null): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return TARGET_SERVICE[target.slice(0, target.lastIndexOf('.'))] ?? 'unknown';
  if (action) return UNSIGNED_STS.has(action) ? 'sts' : 'unknown';
  if (path === '/v2' || path.startsWith('/v2/')) return 'ecr';
  return 's3';
}
