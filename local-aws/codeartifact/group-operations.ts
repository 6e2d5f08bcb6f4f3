import { type ApiCall, askedDomain, askedGroup, type Handler, seconds } from './api-call.ts';
import { CodeArtifactError, groupNotFound, invalid, notFound } from './error.ts';
import {
  ORIGINS,
  type Origin,
  type PackageGroup,
  type PackageId,
  packageGroupArn,
  packageKey,
  RESTRICTION_MODES,
  type Restriction,
  type RestrictionMode,
} from './model.ts';
import { governing, groupOf, makeGroup, parentOf, ROOT } from './package-groups.ts';
import { readPattern } from './package-pattern.ts';
import { page } from './pages.ts';
import { json } from './reply.ts';
import { readTags } from './tags.ts';

/** How many repositories one call adds and removes. Source: the CloudFormation resource provider, `Translator`. */
const MOST_REPOSITORIES = 100;

const createGroup: Handler = (call) => {
  const { parameters } = call;
  const domain = askedDomain(call);
  const pattern = readPattern(parameters.required('package-group'));
  if (domain.groups.has(pattern.text)) {
    const message = `The package group '${pattern.text}' already exists in the domain '${domain.name}'.`;
    throw new CodeArtifactError(409, 'ConflictException', message, { resourceId: pattern.text });
  }
  const tags = readTags(call);
  const group = makeGroup(domain, pattern, { ...readAbout(call), ...(tags && { tags }) });
  domain.groups.set(pattern.text, group);
  return json({ packageGroup: describeGroup(group) });
};

const updateGroup: Handler = (call) => {
  const group = askedGroup(call);
  Object.assign(group, readAbout(call));
  return json({ packageGroup: describeGroup(group) });
};

const deleteGroup: Handler = (call) => {
  const group = askedGroup(call);
  if (group.pattern.text === ROOT) throw invalid(`The root package group '${ROOT}' cannot be deleted.`);
  const packageGroup = describeGroup(group);
  group.domain.groups.delete(group.pattern.text);
  return json({ packageGroup });
};

const listGroups: Handler = (call) => {
  const prefix = call.parameters.optional('prefix') ?? '';
  const all = [...askedDomain(call).groups.values()];
  return groupPage(
    call,
    all.filter(({ pattern }) => pattern.text.startsWith(prefix)),
  );
};

/** The direct children of a group. */
const listSubGroups: Handler = (call) => {
  const group = askedGroup(call);
  const all = [...group.domain.groups.values()];
  return groupPage(
    call,
    all.filter((each) => parentOf(each) === group),
  );
};

const updateOriginConfiguration: Handler = (call) => {
  const group = askedGroup(call);
  const modes = readModes(call, group);
  const added = readRepositories(call, 'addAllowedRepositories');
  const removed = readRepositories(call, 'removeAllowedRepositories');
  if (added.length + removed.length > MOST_REPOSITORIES) {
    throw invalid(`A call adds and removes at most ${MOST_REPOSITORIES} repositories.`);
  }
  for (const { origin, name } of [...added, ...removed]) {
    if ((modes.get(origin) ?? group.restrictions[origin].mode) !== 'ALLOW_SPECIFIC_REPOSITORIES') {
      throw invalid(`The restriction ${origin} has a list of repositories only with ALLOW_SPECIFIC_REPOSITORIES.`);
    }
    if (!group.domain.repositories.has(name)) throw notFound('repository', `${group.domain.name}/${name}`);
  }
  for (const [origin, mode] of modes) setMode(group.restrictions[origin], mode);
  const updates = new Map<Origin, { ADDED: string[]; REMOVED: string[] }>();
  const note = (origin: Origin, what: 'ADDED' | 'REMOVED', name: string) => {
    const update = updates.get(origin) ?? { ADDED: [], REMOVED: [] };
    update[what].push(name);
    updates.set(origin, update);
  };
  for (const { origin, name } of added) {
    const { repositories } = group.restrictions[origin];
    if (!repositories.has(name)) note(origin, 'ADDED', name);
    repositories.add(name);
  }
  for (const { origin, name } of removed) {
    if (group.restrictions[origin].repositories.delete(name)) note(origin, 'REMOVED', name);
  }
  return json({ packageGroup: describeGroup(group), allowedRepositoryUpdates: Object.fromEntries(updates) });
};

const listAllowedRepositories: Handler = (call) => {
  const group = askedGroup(call);
  const origin = call.parameters.oneOf('originRestrictionType', ORIGINS);
  if (origin === undefined) throw invalid("The parameter 'originRestrictionType' is missing.");
  const { entries, nextToken } = page(call.parameters, [...group.restrictions[origin].repositories], (name) => name);
  return json({ allowedRepositories: entries, nextToken });
};

/** Also of a package that is not there. */
const getAssociatedGroup: Handler = (call) => {
  const found = groupOf(askedDomain(call).groups.values(), call.parameters.package());
  if (!found) throw groupNotFound(ROOT);
  return json({ packageGroup: describeGroup(found.group), associationType: found.strength });
};

/** The packages of all repositories of the domain; with `preview` those of a group that is not there. */
const listAssociatedPackages: Handler = (call) => {
  const { parameters } = call;
  const domain = askedDomain(call);
  const isPreview = parameters.oneOf('preview', ['true', 'false']) === 'true';
  const pattern = parameters.required('package-group');
  const known = domain.groups.get(pattern);
  if (!known && !isPreview) throw groupNotFound(pattern);
  const group = known ?? makeGroup(domain, readPattern(pattern));
  const groups = [...domain.groups.values(), ...(known ? [] : [group])];
  const found = new Map<string, { id: PackageId; associationType: string }>();
  for (const { packages } of domain.repositories.values()) {
    for (const { id } of packages.values()) {
      const associated = groupOf(groups, id);
      if (associated?.group === group) found.set(packageKey(id), { id, associationType: associated.strength });
    }
  }
  const { entries, nextToken } = page(parameters, [...found], ([key]) => key);
  const packages = entries.map(([, { id, associationType }]) => {
    const { format, namespace, name } = id;
    return { format, ...(namespace !== undefined && { namespace }), package: name, associationType };
  });
  return json({ packages, nextToken });
};

/** The operations on package groups. */
export const GROUP_OPERATIONS: Readonly<Record<string, Handler>> = {
  CreatePackageGroup: createGroup,
  DescribePackageGroup: (call) => json({ packageGroup: describeGroup(askedGroup(call)) }),
  UpdatePackageGroup: updateGroup,
  DeletePackageGroup: deleteGroup,
  ListPackageGroups: listGroups,
  ListSubPackageGroups: listSubGroups,
  UpdatePackageGroupOriginConfiguration: updateOriginConfiguration,
  ListAllowedRepositoriesForGroup: listAllowedRepositories,
  GetAssociatedPackageGroup: getAssociatedGroup,
  ListAssociatedPackages: listAssociatedPackages,
};

function groupPage(call: ApiCall, groups: readonly PackageGroup[]) {
  const { entries, nextToken } = page(call.parameters, groups, ({ pattern }) => pattern.text);
  return json({ packageGroups: entries.map(describeGroup), nextToken });
}

/** What a call says about a group; what it leaves out is left out. */
function readAbout({ parameters }: ApiCall): { contactInfo?: string; description?: string } {
  const contactInfo = parameters.description('contactInfo');
  const description = parameters.description('description');
  return { ...(contactInfo !== undefined && { contactInfo }), ...(description !== undefined && { description }) };
}

function readModes({ parameters }: ApiCall, { pattern }: PackageGroup): Map<Origin, RestrictionMode> {
  const modes = new Map<Origin, RestrictionMode>();
  for (const [name, sent] of Object.entries(parameters.map('restrictions') ?? {})) {
    const origin = readOrigin('restrictions', name);
    const mode = RESTRICTION_MODES.find((each) => each === sent);
    if (mode === undefined) throw invalid(`The restriction ${origin} must be one of ${RESTRICTION_MODES.join(', ')}.`);
    if (mode === 'INHERIT' && pattern.text === ROOT) throw invalid(`The root package group '${ROOT}' cannot inherit.`);
    modes.set(origin, mode);
  }
  return modes;
}

function readRepositories({ parameters }: ApiCall, member: string): { origin: Origin; name: string }[] {
  return (parameters.objects(member) ?? []).map(({ repositoryName, originRestrictionType }) => {
    if (typeof repositoryName !== 'string') throw invalid(`The member '${member}' must name repositories.`);
    return { origin: readOrigin(member, originRestrictionType), name: repositoryName };
  });
}

function readOrigin(member: string, sent: unknown): Origin {
  const found = ORIGINS.find((each) => each === sent);
  if (found === undefined) throw invalid(`The member '${member}' must name one of ${ORIGINS.join(', ')}.`);
  return found;
}

/** A list goes with the mode that it belongs to. Source: user guide, "Allowed repository lists". */
function setMode(restriction: Restriction, mode: RestrictionMode): void {
  restriction.mode = mode;
  if (mode !== 'ALLOW_SPECIFIC_REPOSITORIES') restriction.repositories.clear();
}

function describeGroup(group: PackageGroup) {
  const { pattern, domain, createdTime, contactInfo, description } = group;
  const parent = parentOf(group);
  return {
    arn: packageGroupArn(group),
    pattern: pattern.text,
    domainName: domain.name,
    domainOwner: domain.owner,
    createdTime: seconds(createdTime),
    ...(contactInfo && { contactInfo }),
    ...(description && { description }),
    originConfiguration: {
      restrictions: Object.fromEntries(ORIGINS.map((origin) => [origin, describeRestriction(group, origin)])),
    },
    ...(parent && { parent: referTo(parent) }),
  };
}

function describeRestriction(group: PackageGroup, origin: Origin) {
  const { mode, repositories } = group.restrictions[origin];
  const from = governing(group, origin);
  return {
    mode,
    effectiveMode: from.restrictions[origin].mode,
    ...(from !== group && { inheritedFrom: referTo(from) }),
    repositoriesCount: repositories.size,
  };
}

function referTo(group: PackageGroup) {
  return { arn: packageGroupArn(group), pattern: group.pattern.text };
}
