import type { NamedOperation } from './operations.ts';

type Row = readonly [method: string, path: string, operation: string, action?: string, ...alsoNeeds: string[]];

/**
 * The Lambda API, REST over JSON. `{}` stands for one segment of the path, `{name}` for the one that names the
 * resource; the version date at the start of a path is left out, because no two operations differ only in it.
 * Source: Lambda API reference; actions from the Service Authorization Reference, "AWS Lambda".
 */
const TABLE: readonly Row[] = [
  ['POST', '/functions/{name}/invocations', 'Invoke', 'InvokeFunction'],
  ['POST', '/functions/{name}/invoke-async', 'InvokeAsync', 'InvokeAsync'],
  ['POST', '/functions/{name}/response-streaming-invocations', 'InvokeWithResponseStream', 'InvokeFunction'],
  ['GET', '/functions', 'ListFunctions'],
  ['POST', '/functions', 'CreateFunction', 'CreateFunction', 'iam:PassRole'],
  ['GET', '/functions/{name}', 'GetFunction'],
  ['DELETE', '/functions/{name}', 'DeleteFunction'],
  ['GET', '/functions/{name}/configuration', 'GetFunctionConfiguration'],
  ['PUT', '/functions/{name}/configuration', 'UpdateFunctionConfiguration'],
  ['PUT', '/functions/{name}/code', 'UpdateFunctionCode'],
  ['GET', '/functions/{name}/versions', 'ListVersionsByFunction'],
  ['POST', '/functions/{name}/versions', 'PublishVersion'],
  ['GET', '/functions/{name}/aliases', 'ListAliases'],
  ['POST', '/functions/{name}/aliases', 'CreateAlias'],
  ['GET', '/functions/{name}/aliases/{}', 'GetAlias'],
  ['PUT', '/functions/{name}/aliases/{}', 'UpdateAlias'],
  ['DELETE', '/functions/{name}/aliases/{}', 'DeleteAlias'],
  ['GET', '/functions/{name}/policy', 'GetPolicy'],
  ['POST', '/functions/{name}/policy', 'AddPermission'],
  ['DELETE', '/functions/{name}/policy/{}', 'RemovePermission'],
  ['GET', '/functions/{name}/concurrency', 'GetFunctionConcurrency'],
  ['PUT', '/functions/{name}/concurrency', 'PutFunctionConcurrency'],
  ['DELETE', '/functions/{name}/concurrency', 'DeleteFunctionConcurrency'],
  ['GET', '/functions/{name}/event-invoke-config', 'GetFunctionEventInvokeConfig'],
  ['PUT', '/functions/{name}/event-invoke-config', 'PutFunctionEventInvokeConfig'],
  ['POST', '/functions/{name}/event-invoke-config', 'UpdateFunctionEventInvokeConfig'],
  ['DELETE', '/functions/{name}/event-invoke-config', 'DeleteFunctionEventInvokeConfig'],
  ['GET', '/functions/{name}/url', 'GetFunctionUrlConfig'],
  ['POST', '/functions/{name}/url', 'CreateFunctionUrlConfig'],
  ['PUT', '/functions/{name}/url', 'UpdateFunctionUrlConfig'],
  ['DELETE', '/functions/{name}/url', 'DeleteFunctionUrlConfig'],
  ['GET', '/functions/{name}/urls', 'ListFunctionUrlConfigs'],
  ['GET', '/event-source-mappings', 'ListEventSourceMappings'],
  ['POST', '/event-source-mappings', 'CreateEventSourceMapping'],
  ['GET', '/event-source-mappings/{name}', 'GetEventSourceMapping'],
  ['PUT', '/event-source-mappings/{name}', 'UpdateEventSourceMapping'],
  ['DELETE', '/event-source-mappings/{name}', 'DeleteEventSourceMapping'],
  ['GET', '/layers', 'ListLayers'],
  ['GET', '/layers/{name}/versions', 'ListLayerVersions'],
  ['POST', '/layers/{name}/versions', 'PublishLayerVersion'],
  ['GET', '/layers/{name}/versions/{}', 'GetLayerVersion'],
  ['DELETE', '/layers/{name}/versions/{}', 'DeleteLayerVersion'],
  ['GET', '/tags/{name}', 'ListTags'],
  ['POST', '/tags/{name}', 'TagResource'],
  ['DELETE', '/tags/{name}', 'UntagResource'],
  ['GET', '/account-settings', 'GetAccountSettings'],
];

const ROWS = TABLE.map((row) => {
  const [method, path, operation, action = operation, ...alsoNeeds] = row;
  const pattern = path.replaceAll('{name}', '(?<name>[^/]+)').replaceAll('{}', '[^/]+');
  return { method, pattern: new RegExp(`^/\\d{4}-\\d{2}-\\d{2}${pattern}/?$`), operation, action, alsoNeeds };
});

/** Names a Lambda call by method and path; undefined when the table has no such call. */
export function nameLambda(method: string, path: string): NamedOperation | undefined {
  for (const row of ROWS) {
    const match = row.method === method ? row.pattern.exec(path) : null;
    if (!match) continue;
    const name = match.groups?.name;
    return {
      operation: row.operation,
      iamAction: `lambda:${row.action}`,
      ...(row.alsoNeeds.length > 0 && { alsoNeeds: row.alsoNeeds }),
      ...(name !== undefined && { resource: decodeURIComponent(name) }),
    };
  }
  return undefined;
}
