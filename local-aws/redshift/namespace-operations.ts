import { randomBytes } from 'node:crypto';
import type { Answer, ApiCall, Handler, Needs } from './api-call.ts';
import { conflict, invalid } from './error.ts';
import { page } from './pages.ts';
import { arnOf, NAME, type Namespace, namespaceOf, newId, readTags, type ServerlessStore } from './serverless-model.ts';

const LOGS = ['useractivitylog', 'userlog', 'connectionlog'];

export function namespaceOperations(store: ServerlessStore): Readonly<Record<string, Handler>> {
  return {
    CreateNamespace: (call, needs) => {
      const { members } = call;
      const estate = store.estate(call);
      const name = members.required('namespaceName', NAME);
      const dbName = members.text('dbName', /^[a-zA-Z][a-zA-Z_0-9+.@-]{0,126}$/) ?? 'dev';
      const shown = { adminUsername: 'admin', iamRoles: [], logExports: [], ...readShown(call, name, needs) };
      if (estate.namespaces.has(name)) throw conflict(`The namespace ${name} exists already.`);
      const tags = readTags(call);
      if (tags.size > 0) needs('redshift-serverless:TagResource');
      const id = newId();
      const arn = arnOf(call, 'redshift-serverless', `namespace/${id}`);
      const namespace = { name, id, arn, dbName, created: Date.now(), shown, tags, warehouse: undefined };
      estate.namespaces.set(name, namespace);
      return { namespace: show(namespace) };
    },
    GetNamespace: (call) => ({
      namespace: show(namespaceOf(store.estate(call), call.members.required('namespaceName'))),
    }),
    ListNamespaces: (call) => {
      const { members } = call;
      const size = members.integer('maxResults', 1, 100) ?? 100;
      const all = [...store.estate(call).namespaces.values()];
      const { entries, nextToken } = page(all, ({ name }) => name, { size, token: members.text('nextToken') });
      return { namespaces: entries.map((entry) => show(entry)), ...(nextToken !== undefined && { nextToken }) };
    },
    UpdateNamespace: (call, needs) => {
      const name = call.members.required('namespaceName');
      const found = namespaceOf(store.estate(call), name);
      call.members.refuse('UpdateNamespace', 'logDestinationType', 's3TableAction');
      const { adminPasswordSecretArn, ...before } = found.shown;
      const isManaged = call.members.flag('manageAdminPassword') ?? adminPasswordSecretArn !== undefined;
      const kept = isManaged && adminPasswordSecretArn !== undefined ? { adminPasswordSecretArn } : {};
      found.shown = { ...before, ...readShown(call, name, needs), ...kept };
      return { namespace: show(found) };
    },
    DeleteNamespace: async (call) => {
      const { members } = call;
      members.refuse('DeleteNamespace', 'finalSnapshotName');
      const estate = store.estate(call);
      const found = namespaceOf(estate, members.required('namespaceName'));
      if ([...estate.workgroups.values()].some(({ namespace }) => namespace === found.name)) {
        throw conflict(`The namespace ${found.name} has a workgroup. Delete that first.`);
      }
      estate.namespaces.delete(found.name);
      await (await found.warehouse)?.close();
      return { namespace: show(found, 'DELETING') };
    },
  };
}

/** What of a namespace is only kept and shown. A password is neither. */
function readShown(call: ApiCall, name: string, needs: Needs): Record<string, unknown> {
  const { members } = call;
  const isManaged = members.flag('manageAdminPassword') ?? false;
  if (isManaged && members.has('adminUserPassword')) {
    throw invalid("The members 'adminUserPassword' and 'manageAdminPassword' cannot be given together.");
  }
  if (members.has('adminPasswordSecretKmsKeyId') && !isManaged) {
    throw invalid("The member 'adminPasswordSecretKmsKeyId' needs 'manageAdminPassword'.");
  }
  const logs = members.texts('logExports');
  if (logs?.some((log) => !LOGS.includes(log))) throw invalid(`'logExports' may have ${LOGS.join(', ')}.`);
  const shown: Record<string, unknown> = {};
  for (const member of ['adminUsername', 'kmsKeyId', 'defaultIamRoleArn', 'adminPasswordSecretKmsKeyId']) {
    const value = members.text(member);
    if (value !== undefined) shown[member] = value;
  }
  if (logs) shown.logExports = logs;
  const roles = members.texts('iamRoles');
  if (roles) shown.iamRoles = roles;
  if (roles?.length || shown.defaultIamRoleArn !== undefined) needs('iam:PassRole');
  if (isManaged) {
    // Source: Redshift management guide, "Permissions required to use AWS Secrets Manager".
    needs('secretsmanager:CreateSecret', 'secretsmanager:TagResource', 'secretsmanager:DescribeSecret');
    needs('secretsmanager:RotateSecret', 'secretsmanager:GetRandomPassword');
    const suffix = randomBytes(3).toString('hex');
    const secret = `secret:redshift!${name}-${shown.adminUsername ?? 'admin'}-${suffix}`;
    shown.adminPasswordSecretArn = arnOf(call, 'secretsmanager', secret);
  }
  return shown;
}

function show({ name, id, arn, dbName, created, shown }: Namespace, status = 'AVAILABLE'): Answer {
  return {
    namespaceName: name,
    namespaceId: id,
    namespaceArn: arn,
    dbName,
    creationDate: new Date(created).toISOString(),
    status,
    ...shown,
  };
}
