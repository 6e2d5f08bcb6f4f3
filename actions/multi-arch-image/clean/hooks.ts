import { Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome, Plan, PlannedAction, PlanRequest } from '../../../lib/operation/define.ts';
import { formatReference } from '../../../lib/registry/reference.ts';
import type { CleanContext } from '../clean.ts';
import { type Cleaned, cleanRepositories } from './apply.ts';
import { checkCleaned } from './confirm.ts';
import type { CLEAN_OUTPUTS } from './inputs.ts';
import { planReport } from './report.ts';
import { branchesFor, findScope } from './scope.ts';
import { openStores } from './stores.ts';
import { type RepositoryPlan, surveyAll } from './survey.ts';

export type CleanDetails = {
  readonly scope: string;
  readonly repositories: readonly RepositoryPlan[];
  readonly parallel: number;
};

type CleanOutcome = Outcome<keyof typeof CLEAN_OUTPUTS>;

export async function plan(context: CleanContext, { at }: PlanRequest): Promise<Plan<CleanDetails>> {
  const scope = await findScope(context);
  if (scope.kind === 'skip') return nothing(scope.why, { scope: scope.kind, repositories: [], parallel: 0 });
  const { stores, close } = await openStores(context);
  try {
    const repositories = await surveyAll(context, stores, scope, () => branchesFor(context, scope), at);
    const details = {
      scope: scope.kind === 'branch' ? `branch ${scope.branch}` : scope.kind,
      repositories,
      parallel: context.inputs.parallel,
    };
    const { tags, manifests } = totals(repositories);
    if (tags + manifests === 0) return nothing(`${names(repositories)}: nothing to remove.`, details);
    const summary = `Remove ${tags} tags and ${manifests} images and indexes from ${names(repositories)}.`;
    checkLimit(context, summary, { tags, manifests }, details);
    return { summary, actions: actionsOf(repositories), notes: notesOf(repositories), details };
  } finally {
    close();
  }
}

function nothing(summary: string, details: CleanDetails): Plan<CleanDetails> {
  return { summary, nothing: summary, actions: [], notes: notesOf(details.repositories), details };
}

function totals(repositories: readonly RepositoryPlan[]): { tags: number; manifests: number; kept: number } {
  const sum = (of: (repository: RepositoryPlan) => number) =>
    repositories.reduce((total, repository) => total + of(repository), 0);
  return {
    tags: sum(({ tags }) => tags.length),
    manifests: sum(({ manifests }) => manifests.length),
    kept: sum(({ keptTags }) => keptTags),
  };
}

function names(repositories: readonly RepositoryPlan[]): string {
  return repositories.map(({ repository }) => repository).join(', ');
}

/** @throws Refused above `max-deletions`, with the list of what would go */
function checkLimit(
  { inputs }: CleanContext,
  summary: string,
  { tags, manifests }: { tags: number; manifests: number },
  details: CleanDetails,
): void {
  const limit = inputs['max-deletions'];
  if (tags + manifests <= limit) return;
  throw new Refused({
    what: `${tags} tags and ${manifests} images and indexes are due, together more than 'max-deletions' (${limit}); nothing is removed`,
    cause: 'much was left behind since the last run, or the branches are those of another repository',
    next: "See the report; when all of it may go, give a higher 'max-deletions'",
    report: planReport('Clean, refused', summary, details.repositories),
  });
}

function actionsOf(repositories: readonly RepositoryPlan[]): PlannedAction[] {
  return repositories.flatMap(({ repository, tags, manifests }) => [
    ...tags.map(({ tag, reason }) => ({
      verb: 'delete' as const,
      what: 'tag',
      name: `${repository}:${tag}`,
      detail: reason,
    })),
    ...manifests.map(({ digest, reason }) => ({
      verb: 'delete' as const,
      what: 'manifest',
      name: `${repository}@${digest}`,
      detail: reason,
    })),
  ]);
}

function notesOf(repositories: readonly RepositoryPlan[]): string[] {
  return repositories.flatMap(({ notes, repository }) => notes.map((note) => `${repository}: ${note}`));
}

export function describe({ summary, details, nothing: why }: Plan<CleanDetails>): CleanOutcome {
  const { repositories } = details;
  if (details.scope === 'skip') return { summary, outputs: { status: 'skipped' } };
  const { tags, manifests, kept } = totals(repositories);
  return {
    summary,
    outputs: {
      'deleted-tags': String(tags),
      'deleted-manifests': String(manifests),
      kept: String(kept),
      status: why === undefined ? 'planned' : 'nothing',
    },
    report: planReport(why === undefined ? 'Clean, planned' : 'Clean', summary, repositories),
    result: repositories as unknown as Json,
  };
}

export async function apply(context: CleanContext, { details }: Plan<CleanDetails>): Promise<readonly Cleaned[]> {
  const { stores, close } = await openStores(context);
  try {
    const opened = new Map(stores.map((store) => [formatReference(store.repository), store]));
    return await cleanRepositories(context, details.repositories, opened);
  } finally {
    close();
  }
}

export async function confirm(
  context: CleanContext,
  { details }: Plan<CleanDetails>,
  cleaned: readonly Cleaned[],
): Promise<CleanOutcome> {
  const { stores, close } = await openStores(context);
  try {
    const opened = new Map(stores.map((store) => [formatReference(store.repository), store]));
    return await checkCleaned(cleaned, opened, totals(details.repositories).kept);
  } finally {
    close();
  }
}
