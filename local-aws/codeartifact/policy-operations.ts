import { type ApiCall, askedDomain, askedRepository, type Handler } from './api-call.ts';
import { isObject } from './body.ts';
import { CodeArtifactError, conflict, invalid } from './error.ts';
import { type Domain, domainArn, type Policy, type Repository, repositoryArn } from './model.ts';
import { json } from './reply.ts';
import { newRevision } from './store.ts';

/** Source: API reference, PutDomainPermissionsPolicy. */
const LONGEST_DOCUMENT = 7168;

/** What a policy belongs to. */
interface Holder {
  readonly kind: 'domain' | 'repository';
  readonly resource: Domain | Repository;
  readonly arn: string;
}

type Find = (call: ApiCall) => Holder;

const ofDomain: Find = (call) => {
  const resource = askedDomain(call);
  return { kind: 'domain', resource, arn: domainArn(resource) };
};

const ofRepository: Find = (call) => {
  const resource = askedRepository(call);
  return { kind: 'repository', resource, arn: repositoryArn(resource) };
};

const get =
  (find: Find): Handler =>
  (call) => {
    const holder = find(call);
    return describe(holder, policyOf(holder));
  };

const put =
  (find: Find): Handler =>
  (call) => {
    const holder = find(call);
    const document = readDocument(call);
    checkRevision(call, holder);
    const policy: Policy = { document, revision: newRevision() };
    holder.resource.policy = policy;
    return describe(holder, policy);
  };

const remove =
  (find: Find): Handler =>
  (call) => {
    const holder = find(call);
    const policy = policyOf(holder);
    checkRevision(call, holder);
    holder.resource.policy = undefined;
    return describe(holder, policy);
  };

/** The operations on resource policies. */
export const POLICY_OPERATIONS: Readonly<Record<string, Handler>> = {
  GetDomainPermissionsPolicy: get(ofDomain),
  PutDomainPermissionsPolicy: put(ofDomain),
  DeleteDomainPermissionsPolicy: remove(ofDomain),
  GetRepositoryPermissionsPolicy: get(ofRepository),
  PutRepositoryPermissionsPolicy: put(ofRepository),
  DeleteRepositoryPermissionsPolicy: remove(ofRepository),
};

function policyOf({ kind, resource, arn }: Holder): Policy {
  if (resource.policy) return resource.policy;
  const details = { resourceId: arn, resourceType: kind };
  throw new CodeArtifactError(404, 'ResourceNotFoundException', `The ${kind} '${arn}' has no policy.`, details);
}

function readDocument({ parameters }: ApiCall): string {
  const document = parameters.text('policyDocument');
  if (document === undefined) throw invalid("The member 'policyDocument' is missing.");
  if (document.length > LONGEST_DOCUMENT) throw invalid(`A policy has at most ${LONGEST_DOCUMENT} characters.`);
  if (!isJsonObject(document)) throw invalid('The policy is not a JSON object.');
  return document;
}

/** Optimistic locking: a revision that is given must be the current one. Source: API reference, PutDomainPermissionsPolicy. */
function checkRevision({ parameters }: ApiCall, { kind, resource, arn }: Holder): void {
  const revision = parameters.optional('policy-revision');
  if (revision === undefined || revision === resource.policy?.revision) return;
  throw conflict(kind, arn, `The policy of '${arn}' has another revision. Read it again before you change it.`);
}

function describe({ arn }: Holder, { document, revision }: Policy) {
  return json({ policy: { resourceArn: arn, revision, document } });
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
