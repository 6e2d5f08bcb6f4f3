import { openSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { readReleases } from '../../../lib/packages/read-releases.ts';
import type { Release } from '../../../lib/packages/release.ts';
import type { PublishContext } from '../publish.ts';
import { type Published, publishEverywhere } from './apply.ts';
import { describePlan, judge } from './outcome.ts';
import { type PublishDetails, planPublishing } from './plan.ts';
import { type Site, sitesOf } from './sites.ts';

/**
 * What the hooks of one run share, so that files are read and hashed once and one set of connections and tokens serves
 * all. It is no part of the plan: another run reads it anew.
 */
interface Work {
  readonly sites: readonly Site[];
  readonly releases: readonly Release[];
  readonly session: ReturnType<typeof openSession>;
}

const works = new WeakMap<PublishContext, Promise<Work>>();

function workOf(context: PublishContext): Promise<Work> {
  const known = works.get(context);
  if (known !== undefined) return known;
  const begun = begin(context);
  works.set(context, begun);
  return begun;
}

async function begin(context: PublishContext): Promise<Work> {
  const { inputs, workspace, signal } = context;
  const sites = sitesOf(context);
  const generic = genericOf(inputs);
  const releases = await readReleases(inputs.files, {
    workspace,
    signal,
    ...(generic === undefined ? {} : { generic }),
  });
  return { sites, releases, session: openSession(context) };
}

export async function plan(context: PublishContext): Promise<Plan<PublishDetails>> {
  return await planPublishing(context, await workOf(context));
}

export const describe = describePlan;

export async function apply(context: PublishContext, { details }: Plan<PublishDetails>): Promise<Published> {
  const { sites, releases, session } = await workOf(context);
  try {
    return await publishEverywhere(context, { ...context, session }, details, sites, releases);
  } finally {
    session.close();
  }
}

export async function confirm(plan: Plan<PublishDetails>, published: Published) {
  return judge(plan, published);
}

/** @throws BadInput when a generic package is named only half */
function genericOf(inputs: PublishContext['inputs']) {
  const { 'generic-package': name, 'generic-version': version, 'generic-namespace': namespace } = inputs;
  if (name !== undefined && version !== undefined) {
    return { name, version, ...(namespace === undefined ? {} : { namespace }) };
  }
  const problems: InputProblem[] = [];
  const need = (input: string, given: string) =>
    problems.push({ input, message: `input '${input}': is required, because '${given}' was given` });
  if (name !== undefined) need('generic-version', 'generic-package');
  else if (version !== undefined) need('generic-package', 'generic-version');
  else if (namespace !== undefined) need('generic-package', 'generic-namespace');
  if (problems.length > 0) throw new BadInput(problems);
  return undefined;
}
