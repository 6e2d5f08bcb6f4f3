import type { ChangeRow } from '../../../lib/aws/cloudformation/change-report.ts';
import { plannedSteps, previewChanges, previewNotes } from '../../../lib/aws/cloudformation/planned-deployment.ts';
import { templateBytes } from '../../../lib/aws/cloudformation/template-size.ts';
import { contextOf, onTargets } from '../../../lib/aws/targets.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan, PlannedAction, PlanRequest } from '../../../lib/operation/define.ts';
import type { DeployContext } from '../deploy.ts';
import { type Prepared, prepareTarget, readSources, type Sources } from '../prepare.ts';
import { refuseTogether, unreadable } from '../target-problems.ts';

/** One account and Region of a plan. */
export type TargetPlan = {
  readonly [key: string]: Json;
  readonly label: string;
  /** Null for a stack that does not exist yet. */
  readonly existing: null | { readonly [key: string]: Json; readonly id: string; readonly status: string };
  /** Changes of a real preview; null without one. */
  readonly changes: readonly Json[] | null;
  /** The name of the error that kept this target from being read; null when it was read. */
  readonly unreadable: string | null;
};

/** Every fact that a deployment rests on. JSON; `null` stands for what is absent. */
export type DeployDetails = {
  readonly [key: string]: Json;
  readonly stackName: string;
  readonly targets: readonly TargetPlan[];
};

interface Planned {
  readonly details: TargetPlan;
  readonly actions: readonly PlannedAction[];
  readonly notes: readonly string[];
}

/**
 * Plans the deployment in every account and Region. One that cannot be read now is part of the plan all the same, and is
 * tried when the plan is carried out.
 *
 * @throws BadInput, TemplateError, Refused before anything is changed anywhere
 */
export async function planDeployment(context: DeployContext, { mode }: PlanRequest): Promise<Plan<DeployDetails>> {
  const sources = await readSources(context);
  const { targets } = sources;
  const { inputs } = context;
  const results = await onTargets(targets, { parallel: inputs.parallel, signal: context.signal }, async (target) => {
    const own = contextOf(context, target, targets.length);
    const prepared = await prepareTarget(own, sources, target);
    return planTarget(prepared, mode === 'preview' ? await previewChanges(own, prepared) : undefined);
  });
  refuseTogether(results, inputs['stack-name']);
  const planned = results.map((result): Planned => {
    if (result.kind === 'done') return result.value;
    const why = unreadable(result);
    const { label, region, role } = result.target;
    return {
      details: { label, region, role: role ?? null, existing: null, changes: null, unreadable: why },
      actions: [],
      notes: [`${label} could not be read (${why}); it is tried again when the plan is carried out`],
    };
  });
  const places = targets.map(({ label }) => label).join(', ');
  return {
    summary: `Deploy the stack ${inputs['stack-name']} in ${places}.`,
    actions: planned.flatMap(({ actions }) => actions),
    notes: [...sources.package.notes, ...sources.parameterNotes, ...planned.flatMap(({ notes }) => notes)],
    details: detailsOf(context, sources, planned),
  };
}

function planTarget(prepared: Prepared, changes: readonly ChangeRow[] | undefined): Planned {
  const { target, existing, template, among } = prepared;
  const { label, region, role } = target;
  const place = among === 1 ? '' : ` in ${label}`;
  return {
    details: {
      label,
      region,
      role: role ?? null,
      existing: existing === undefined ? null : { id: existing.id, status: existing.status },
      template: { sha256: template.sha256, bytes: templateBytes(template.text), uploaded: template.key !== undefined },
      bucket: template.bucket ?? null,
      assets: template.assets.map(({ key, source, bytes, usedBy }) => ({ key, source, bytes, usedBy: [...usedBy] })),
      changes: changes === undefined ? null : (JSON.parse(JSON.stringify(changes)) as Json[]),
      unreadable: null,
    },
    actions: plannedSteps(prepared).map((action) => ({
      ...action,
      ...(place === '' ? {} : { detail: `${action.detail === undefined ? '' : `${action.detail},`}${place}`.trim() }),
    })),
    notes: [...lostTags(prepared), ...(changes === undefined ? [] : previewNotes(prepared))].map(
      (note) => `${note}${place}`,
    ),
  };
}

/** The tags given are all that a stack has afterwards; whoever adopts a stack may not expect that. */
function lostTags({ existing, deployment }: Prepared): string[] {
  if (existing === undefined) return [];
  const after = deployment.tags(existing);
  const lost = Object.keys(existing.tags).filter((key) => !Object.hasOwn(after, key));
  return lost.length === 0 ? [] : [`the stack and its resources lose the tags ${lost.sort().join(', ')}`];
}

function detailsOf({ inputs }: DeployContext, sources: Sources, planned: readonly Planned[]): DeployDetails {
  return {
    stackName: inputs['stack-name'],
    owner: sources.owner,
    template: sources.label,
    parameters: Object.fromEntries(
      // A hidden value is no part of a file that people read and approve.
      Object.entries(inputs.parameters).map(([name, value]) => [
        name,
        sources.package.template.parameters.get(name)?.noEcho === true ? '(hidden)' : value,
      ]),
    ),
    tags: sources.tags,
    capabilities: [...inputs.capabilities],
    roleArn: inputs['stack-role-arn'] ?? null,
    mode: inputs.mode,
    revertDrift: inputs['revert-drift'],
    adopt: inputs.adopt,
    timeoutSeconds: inputs.timeout,
    targets: planned.map(({ details }) => details),
  };
}
