import {
  type Domain,
  ORIGINS,
  type Origin,
  type PackageGroup,
  type PackageId,
  type Permission,
  type Repository,
  type RestrictionMode,
} from './model.ts';
import {
  compareSpecificity,
  contains,
  matchPattern,
  type Pattern,
  readPattern,
  type Strength,
} from './package-pattern.ts';

/** The pattern of the group that every domain has. Source: user guide, "Working with package groups in CodeArtifact". */
export const ROOT = '/*';

/** A group as it is when it is made: the root allows everything, the others inherit. */
export function makeGroup(
  domain: Domain,
  pattern: Pattern,
  about: Partial<Pick<PackageGroup, 'contactInfo' | 'description' | 'tags'>> = {},
): PackageGroup {
  const mode: RestrictionMode = pattern.text === ROOT ? 'ALLOW' : 'INHERIT';
  return {
    pattern,
    domain,
    createdTime: new Date(),
    contactInfo: about.contactInfo ?? '',
    description: about.description ?? '',
    restrictions: {
      PUBLISH: { mode, repositories: new Set() },
      INTERNAL_UPSTREAM: { mode, repositories: new Set() },
      EXTERNAL_UPSTREAM: { mode, repositories: new Set() },
    },
    tags: about.tags ?? new Map(),
  };
}

/** Gives a new domain its root group. */
export function addRoot(domain: Domain): void {
  domain.groups.set(ROOT, makeGroup(domain, readPattern(ROOT)));
}

/** The group that a package belongs to: of those that match, the most specific one. */
export function groupOf(
  groups: Iterable<PackageGroup>,
  id: PackageId,
): { group: PackageGroup; strength: Strength } | undefined {
  let best: { group: PackageGroup; pattern: Pattern; strength: Strength } | undefined;
  for (const group of groups) {
    const strength = matchPattern(group.pattern, id);
    if (strength === undefined) continue;
    const found = { group, pattern: group.pattern, strength };
    if (!best || compareSpecificity(found, best) < 0) best = found;
  }
  return best && { group: best.group, strength: best.strength };
}

/** The group that a group inherits from: of those that contain it, the most specific one. The root has none. */
export function parentOf({ domain, pattern }: PackageGroup): PackageGroup | undefined {
  let best: PackageGroup | undefined;
  for (const group of domain.groups.values()) {
    if (!contains(group.pattern, pattern)) continue;
    if (!best || group.pattern.stem.length > best.pattern.stem.length) best = group;
  }
  return best;
}

/** The group whose own mode is in force for a group: itself, or the first parent that does not inherit. */
export function governing(group: PackageGroup, origin: Origin): PackageGroup {
  let found = group;
  while (found.restrictions[origin].mode === 'INHERIT') {
    const parent = parentOf(found);
    if (!parent) break;
    found = parent;
  }
  return found;
}

/**
 * Whether the group of a package lets versions of it into a repository in this way. A package that is only a variation of
 * what its group is about is blocked. Source: user guide, "Package group origin controls" and "Strong and weak match".
 */
export function groupAllows({ domain, name }: Repository, id: PackageId, origin: Origin): boolean {
  const found = groupOf(domain.groups.values(), id);
  if (!found) return true;
  if (found.strength === 'WEAK') return false;
  const { mode, repositories } = governing(found.group, origin).restrictions[origin];
  return mode === 'ALLOW' || (mode === 'ALLOW_SPECIFIC_REPOSITORIES' && repositories.has(name));
}

/**
 * The restrictions of a package whose first version comes now. Where the group allows everything, what is published here
 * first is not mixed with what upstream repositories have under its name, and the other way round. Elsewhere the package
 * leaves the decision to its group. Source: user guide, "Default package origin control settings".
 */
export function firstRestrictions(
  { domain }: Repository,
  id: PackageId,
  cameBy: 'publication' | 'upstream',
): { publish: Permission; upstream: Permission } {
  const group = groupOf(domain.groups.values(), id)?.group;
  const isOpen = !group || ORIGINS.every((origin) => governing(group, origin).restrictions[origin].mode === 'ALLOW');
  if (!isOpen) return { publish: 'ALLOW', upstream: 'ALLOW' };
  return cameBy === 'publication' ? { publish: 'ALLOW', upstream: 'BLOCK' } : { publish: 'BLOCK', upstream: 'ALLOW' };
}
