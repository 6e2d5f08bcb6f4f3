import type { ApiCall, Handler } from './api-call.ts';
import { groupNotFound, invalid } from './error.ts';
import type { Tags } from './model.ts';
import { json } from './reply.ts';
import { repositoryOf } from './store.ts';
import { checkKey, readTags } from './tags.ts';

const ARN = /^arn:[^:]+:codeartifact:([^:]+):(\d{12}):(domain|repository|package-group)\/([^/]+)(?:\/(.+))?$/;

const tagResource: Handler = (call) => {
  const held = askedTags(call);
  const tags = readTags(call);
  if (tags === undefined) throw invalid("The member 'tags' is missing.");
  for (const [key, value] of tags) held.set(key, value);
  return json({});
};

const untagResource: Handler = (call) => {
  const held = askedTags(call);
  const keys = call.parameters.texts('tagKeys');
  if (keys === undefined) throw invalid("The member 'tagKeys' is missing.");
  for (const key of keys) checkKey(call, key);
  for (const key of keys) held.delete(key);
  return json({});
};

const listTags: Handler = (call) => json({ tags: [...askedTags(call)].map(([key, value]) => ({ key, value })) });

/** The operations on tags. */
export const TAG_OPERATIONS: Readonly<Record<string, Handler>> = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsForResource: listTags,
};

/** The tags of the resource that a call names by its ARN. */
function askedTags({ store, region, parameters }: ApiCall): Tags {
  const arn = parameters.required('resourceArn');
  const [, ofRegion, owner = '', kind, name = '', rest] = ARN.exec(arn) ?? [];
  if (kind === undefined || (kind === 'domain') !== (rest === undefined)) {
    throw invalid(`'${arn}' is not the ARN of a domain, a repository or a package group.`);
  }
  if (ofRegion !== region) throw invalid(`'${arn}' is in another Region than ${region}, which was asked.`);
  const domain = store.domain(owner, region, name);
  if (rest === undefined) return domain.tags;
  if (kind === 'repository') return repositoryOf(domain, rest).tags;
  const pattern = decode(`/${rest}`);
  const group = domain.groups.get(pattern);
  if (!group) throw groupNotFound(pattern);
  return group.tags;
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalid(`'${encoded}' is not the encoded pattern of a package group.`);
  }
}
