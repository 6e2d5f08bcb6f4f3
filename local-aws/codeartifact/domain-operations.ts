import { type ApiCall, askedDomain, askedRepository, type Handler, ownerOf, seconds } from './api-call.ts';
import { conflict, invalid, notFound } from './error.ts';
import { describeConnections } from './external-connections.ts';
import { type Domain, domainArn, type Repository, repositoryArn } from './model.ts';
import { OrderedMap } from './ordered-map.ts';
import { addRoot } from './package-groups.ts';
import { page } from './pages.ts';
import { json } from './reply.ts';
import { readTags } from './tags.ts';
import { endpointPath } from './target.ts';

/** Source: user guide, "Requesting a package version with upstream repositories". */
const MOST_UPSTREAMS = 10;
const SHORTEST_TOKEN = 900;
const LONGEST_TOKEN = 43_200;

const createDomain: Handler = (call) => {
  const { store, account, region, parameters } = call;
  const name = parameters.required('domain');
  if (store.find(account, region, name)) throw conflict('domain', name, `The domain '${name}' already exists.`);
  const domain: Domain = {
    name,
    owner: account,
    region,
    createdTime: new Date(),
    encryptionKey: keyArn(parameters.text('encryptionKey') ?? 'alias/aws/codeartifact', region, account),
    policy: undefined,
    tags: readTags(call) ?? new Map(),
    repositories: new Map(),
    groups: new Map(),
  };
  addRoot(domain);
  store.add(domain);
  return json({ domain: describeDomain(domain) });
};

const deleteDomain: Handler = (call) => {
  const domain = call.store.find(ownerOf(call), call.region, call.parameters.required('domain'));
  if (!domain) return json({});
  if (domain.repositories.size > 0) {
    throw conflict('domain', domain.name, `The domain '${domain.name}' contains repositories.`);
  }
  call.store.remove(domain);
  return json({ domain: { ...describeDomain(domain), status: 'Deleted' } });
};

const listDomains: Handler = ({ store, account, region, parameters }) => {
  const { entries, nextToken } = page(parameters, store.domains(account, region), ({ name }) => name);
  return json({ domains: entries.map(summarizeDomain), nextToken });
};

const createRepository: Handler = (call) => {
  const { parameters } = call;
  const domain = askedDomain(call);
  const name = parameters.required('repository');
  if (domain.repositories.has(name)) {
    throw conflict('repository', name, `The repository '${name}' already exists in the domain '${domain.name}'.`);
  }
  const repository: Repository = {
    name,
    domain,
    createdTime: new Date(),
    description: parameters.description('description') ?? '',
    externalConnection: undefined,
    policy: undefined,
    tags: readTags(call) ?? new Map(),
    upstreams: readUpstreams(call, domain, name) ?? [],
    packages: new OrderedMap(),
  };
  domain.repositories.set(name, repository);
  return json({ repository: describeRepository(repository) });
};

const updateRepository: Handler = (call) => {
  const repository = askedRepository(call);
  const description = call.parameters.description('description');
  const upstreams = readUpstreams(call, repository.domain, repository.name);
  if (upstreams && upstreams.length > 0 && repository.externalConnection !== undefined) {
    const message = `The repository '${repository.name}' has an external connection, and so no upstream repositories.`;
    throw conflict('repository', repository.name, message);
  }
  repository.description = description ?? repository.description;
  repository.upstreams = upstreams ?? repository.upstreams;
  return json({ repository: describeRepository(repository) });
};

const deleteRepository: Handler = (call) => {
  const repository = askedRepository(call);
  repository.domain.repositories.delete(repository.name);
  return json({ repository: describeRepository(repository) });
};

/** The repositories of the caller's own domains. */
const listRepositories: Handler = (call) => {
  const { store, account, region } = call;
  const all = store.domains(account, region).flatMap(({ repositories }) => [...repositories.values()]);
  return repositoryPage(call, all);
};

const listRepositoriesInDomain: Handler = (call) => {
  const administrator = call.parameters.optional('administrator-account');
  const { repositories, owner } = askedDomain(call);
  return repositoryPage(call, administrator === undefined || administrator === owner ? [...repositories.values()] : []);
};

const getRepositoryEndpoint: Handler = (call) => {
  const format = call.parameters.format();
  call.parameters.oneOf('endpointType', ['dualstack', 'ipv4']);
  const { name, domain } = askedRepository(call);
  const path = endpointPath({
    account: domain.owner,
    region: domain.region,
    domain: domain.name,
    format,
    repository: name,
  });
  return json({ repositoryEndpoint: `${call.endpoint}${path}` });
};

const getAuthorizationToken: Handler = (call) => {
  const duration = call.parameters.integer('duration', 0, LONGEST_TOKEN, 0);
  if (duration !== 0 && duration < SHORTEST_TOKEN) {
    throw invalid(`The value of 'duration' must be 0 or from ${SHORTEST_TOKEN} to ${LONGEST_TOKEN} seconds.`);
  }
  const { token, expires } = call.tokens.give(call.account, askedDomain(call), duration);
  return json({ authorizationToken: token, expiration: seconds(expires) });
};

/** The operations on domains and repositories. */
export const DOMAIN_OPERATIONS: Readonly<Record<string, Handler>> = {
  CreateDomain: createDomain,
  DescribeDomain: (call) => json({ domain: describeDomain(askedDomain(call)) }),
  DeleteDomain: deleteDomain,
  ListDomains: listDomains,
  CreateRepository: createRepository,
  DescribeRepository: (call) => json({ repository: describeRepository(askedRepository(call)) }),
  UpdateRepository: updateRepository,
  DeleteRepository: deleteRepository,
  ListRepositories: listRepositories,
  ListRepositoriesInDomain: listRepositoriesInDomain,
  GetRepositoryEndpoint: getRepositoryEndpoint,
  GetAuthorizationToken: getAuthorizationToken,
};

function repositoryPage(call: ApiCall, all: readonly Repository[]) {
  const prefix = call.parameters.optional('repository-prefix') ?? '';
  const wanted = all.filter(({ name }) => name.startsWith(prefix));
  const { entries, nextToken } = page(call.parameters, wanted, ({ domain, name }) => `${domain.name}/${name}`);
  const repositories = entries.map((repository) => {
    const { upstreams, externalConnections, ...summary } = describeRepository(repository);
    return summary;
  });
  return json({ repositories, nextToken });
}

/** A key may be named by its id, ARN, alias or alias ARN, and is shown as an ARN. Source: API reference, CreateDomain. */
function keyArn(key: string, region: string, account: string): string {
  if (key.startsWith('arn:')) return key;
  return `arn:aws:kms:${region}:${account}:${key.startsWith('alias/') ? key : `key/${key}`}`;
}

function readUpstreams({ parameters }: ApiCall, domain: Domain, own: string): string[] | undefined {
  const sent = parameters.objects('upstreams');
  if (sent === undefined) return undefined;
  const names = sent.map(({ repositoryName }) => String(repositoryName));
  if (names.length > MOST_UPSTREAMS) throw invalid(`A repository has at most ${MOST_UPSTREAMS} direct upstreams.`);
  if (new Set(names).size < names.length) throw invalid("The member 'upstreams' names a repository twice.");
  for (const name of names) {
    if (!domain.repositories.has(name) && name !== own) throw notFound('repository', `${domain.name}/${name}`);
    if (name === own || leadsTo(domain, name, own)) {
      throw invalid(`With '${name}' as upstream the repository '${own}' would be upstream of itself.`);
    }
  }
  return names;
}

function leadsTo(domain: Domain, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const name of seen) {
    for (const next of domain.repositories.get(name)?.upstreams ?? []) seen.add(next);
  }
  return seen.has(to);
}

function summarizeDomain(domain: Domain) {
  const { name, owner, createdTime, encryptionKey } = domain;
  return { name, owner, arn: domainArn(domain), status: 'Active', createdTime: seconds(createdTime), encryptionKey };
}

function describeDomain(domain: Domain) {
  return {
    ...summarizeDomain(domain),
    repositoryCount: domain.repositories.size,
    assetSizeBytes: assetBytes(domain),
    s3BucketArn: `arn:aws:s3:::assets-${domain.owner}-${domain.region}`,
  };
}

/** Each content of a domain counts once, however many repositories have it. Source: user guide, "Domain overview". */
function assetBytes({ repositories }: Domain): number {
  const sizes = new Map<string, number>();
  for (const { packages } of repositories.values()) {
    for (const { versions } of packages.values()) {
      for (const { assets } of versions.values()) {
        for (const { hashes, size } of assets.values()) sizes.set(hashes['SHA-256'], size);
      }
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** A repository, as every answer shows it. */
export function describeRepository(repository: Repository) {
  const { name, domain, description, createdTime, upstreams } = repository;
  return {
    name,
    administratorAccount: domain.owner,
    domainName: domain.name,
    domainOwner: domain.owner,
    arn: repositoryArn(repository),
    ...(description && { description }),
    upstreams: upstreams.map((repositoryName) => ({ repositoryName })),
    externalConnections: describeConnections(repository),
    createdTime: seconds(createdTime),
  };
}
