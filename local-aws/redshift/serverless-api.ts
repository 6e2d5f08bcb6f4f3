import { randomBytes } from 'node:crypto';
import { type ApiCall, type Handler, seconds } from './api-call.ts';
import { notFound } from './error.ts';
import { limitOperations } from './limit-operations.ts';
import { namespaceOperations } from './namespace-operations.ts';
import { readTags, type ServerlessStore, type Tags, workgroupOf } from './serverless-model.ts';
import { workgroupOperations } from './workgroup-operations.ts';

/** The operations of Redshift Serverless. */
export function serverlessOperations(
  store: ServerlessStore,
  onDelete: (call: ApiCall, workgroup: string) => Promise<void>,
): Readonly<Record<string, Handler>> {
  return {
    ...namespaceOperations(store),
    ...workgroupOperations(store, onDelete),
    ...limitOperations(store),
    GetCredentials: (call) => {
      const { members } = call;
      members.refuse('GetCredentials', 'customDomainName');
      workgroupOf(store.estate(call), members.required('workgroupName'));
      const duration = members.integer('durationSeconds', 900, 3600) ?? 900;
      const expiration = Date.now() + duration * 1000;
      return {
        dbUser: 'IAM:local',
        dbPassword: randomBytes(24).toString('base64url'),
        expiration: seconds(expiration),
        nextRefreshTime: seconds(expiration),
      };
    },
    TagResource: (call) => {
      const tags = tagsOf(store, call);
      for (const [key, value] of readTags(call)) tags.set(key, value);
      return {};
    },
    UntagResource: (call) => {
      const tags = tagsOf(store, call);
      for (const key of call.members.texts('tagKeys') ?? []) tags.delete(key);
      return {};
    },
    ListTagsForResource: (call) => ({ tags: [...tagsOf(store, call)].map(([key, value]) => ({ key, value })) }),
  };
}

function tagsOf(store: ServerlessStore, call: ApiCall): Tags {
  const { namespaces, workgroups } = store.estate(call);
  const wanted = call.members.required('resourceArn');
  const found = [...namespaces.values(), ...workgroups.values()].find(({ arn }) => arn === wanted);
  if (!found) throw notFound(`The resource ${wanted} does not exist.`, { resourceName: wanted });
  return found.tags;
}
