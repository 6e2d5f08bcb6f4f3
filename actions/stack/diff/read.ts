import type { Change } from '@aws-sdk/client-cloudformation';
import type { ChangeSet } from '../../../lib/aws/cloudformation/change-set.ts';
import { previewChangeSet } from '../../../lib/aws/cloudformation/deploy-stack.ts';
import {
  parameterDifferences,
  type SettingDifference,
  settingDifferences,
} from '../../../lib/aws/cloudformation/diff-settings.ts';
import { type TextDifference, templateDifferences } from '../../../lib/aws/cloudformation/diff-template.ts';
import { explainStackFailure } from '../../../lib/aws/cloudformation/explain-failure.ts';
import { uploadForChangeSet } from '../../../lib/aws/cloudformation/prepared-template.ts';
import type { StackState } from '../../../lib/aws/cloudformation/stack.ts';
import { STATUS_RULES } from '../../../lib/aws/cloudformation/status.ts';
import { parseTemplate } from '../../../lib/aws/cloudformation/template.ts';
import { type ValidationFinding, validationFindings } from '../../../lib/aws/cloudformation/validation-findings.ts';
import { contextOf, onTargets, type Target, type TargetResult } from '../../../lib/aws/targets.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { annotateFailure, annotateFindings } from '../annotate.ts';
import type { DIFF_OUTPUTS, DiffContext } from '../diff.ts';
import { objectionTo } from '../ownership.ts';
import { prepareFor, readSources, type Sources } from '../prepare.ts';
import type { Row } from '../rows.ts';
import { differenceLogLines, differencesJson, differencesReport, headlineOf } from './report.ts';

/** What a deployment would change in one account and Region. */
export interface Differences {
  /** Undefined: the stack does not exist yet. */
  readonly existing: StackState | undefined;
  /** True when a deployment would do something, be it only to outputs or tags. */
  readonly isChanged: boolean;
  /** True when the stack never stood and would be deleted and made again; then no comparison is possible. */
  readonly isRemade: boolean;
  readonly changes: readonly Change[];
  readonly parameters: readonly SettingDifference[];
  readonly tags: readonly SettingDifference[];
  readonly texts: readonly TextDifference[];
  readonly findings: readonly ValidationFinding[];
  readonly notes: readonly string[];
}

export type DiffResult = TargetResult<Differences>;

/**
 * Compares in every account and Region.
 *
 * @throws OperationFailed when one could not be compared, after all were tried, with a report of the others
 */
export async function readDifferences(context: DiffContext): Promise<Outcome<keyof typeof DIFF_OUTPUTS>> {
  const { parallel, 'stack-name': stackName } = context.inputs;
  const sources = await readSources(context);
  const { targets } = sources;
  const results = await onTargets(targets, { parallel, signal: context.signal }, (target) =>
    readTarget(contextOf(context, target, targets.length), sources, target),
  );
  const secret = [...sources.package.template.parameters.values()]
    .filter(({ noEcho }) => noEcho)
    .map(({ name }) => name);
  const hidden = new Set(secret);
  for (const { log, lines } of linesOf(context, results, hidden)) for (const line of lines) log.info(line);
  const failures = await failureRows(context, sources, results);
  const report = differencesReport(stackName, results, failures, hidden);
  annotateOnce(context, sources, results);
  if (failures.length > 0) {
    throw new OperationFailed({
      what: failures.map(({ label, explanation }) => `${label}: ${explanation?.what ?? 'not tried'}`).join('\n'),
      ...(failures[0]?.explanation?.cause === undefined ? {} : { cause: failures[0].explanation.cause }),
      next: failures[0]?.explanation?.next ?? 'Run it again',
      report,
      data: { stack: stackName, targets: failures.map(({ label }) => label) },
    });
  }
  const changed = results.filter((result) => result.kind === 'done' && result.value.isChanged);
  return {
    summary: `The stack ${stackName}: ${headlineOf(results)}.`,
    outputs: { 'stack-name': stackName, status: changed.length === 0 ? 'no-changes' : 'changes' },
    report,
    result: { targets: differencesJson(results, hidden) },
  };
}

function linesOf(context: DiffContext, results: readonly DiffResult[], hidden: ReadonlySet<string>) {
  return results.flatMap((result) => {
    if (result.kind !== 'done') return [];
    const { log } = contextOf(context, result.target, results.length);
    return [{ log, lines: differenceLogLines(result.value, hidden) }];
  });
}

async function readTarget(context: DiffContext, sources: Sources, target: Target): Promise<Differences> {
  const { inputs, aws } = context;
  const cloudFormation = await aws.cloudFormation();
  // Comparing harms no stack, whoever it belongs to; whether to adopt one is decided with the differences at hand.
  const prepared = await prepareFor(context, sources, target, {
    guard: () => {},
    bootstrap: true,
    includeValues: true,
  });
  const { existing, template, deployment } = prepared;
  const notes = existing === undefined ? [] : ownerNotes(existing, sources);
  const rule = existing === undefined ? 'create' : STATUS_RULES[existing.status].deploy;
  if (existing !== undefined && rule !== 'create' && rule !== 'update' && rule !== 'recreate') {
    throw new OperationFailed({
      what: `The stack ${existing.name} is in ${existing.status}, so no change set can be made`,
      next: STATUS_RULES[existing.status].advice ?? 'Run it again when that has ended',
    });
  }
  const nothing = { changes: [], parameters: [], tags: [], texts: [], findings: [] };
  if (rule === 'recreate') return { ...nothing, existing, isChanged: true, isRemade: true, notes };

  await uploadForChangeSet(context, template);
  const seen = await previewChangeSet(context, deployment, existing, async ({ id, changes }: ChangeSet) => ({
    changes,
    findings: await validationFindings(cloudFormation, { changeSet: id }),
  }));
  const stands = existing === undefined || existing.status === 'REVIEW_IN_PROGRESS' ? undefined : existing;
  return {
    ...nothing,
    ...seen,
    existing: stands,
    isChanged: seen !== undefined,
    isRemade: false,
    notes,
    ...(stands === undefined
      ? {}
      : {
          parameters: parameterDifferences(stands, sources.package.template, inputs.parameters),
          tags: settingDifferences(stands.tags, sources.tags),
          texts: await textDifferences(context, stands, template.text),
        }),
  };
}

async function textDifferences(
  { aws }: DiffContext,
  stack: StackState,
  after: string,
): Promise<readonly TextDifference[]> {
  const cloudFormation = await aws.cloudFormation();
  const { TemplateBody: before } = await cloudFormation.getTemplate({ StackName: stack.id, TemplateStage: 'Original' });
  if (before === undefined || before === '') return [];
  const [left, right] = await Promise.all([
    parseTemplate(before, `the template of ${stack.name}`),
    parseTemplate(after, 'the new template'),
  ]);
  return templateDifferences(left.root, right.root);
}

function ownerNotes(stack: StackState, { owner }: Sources): string[] {
  const objection = objectionTo(stack, owner);
  if (objection === undefined) return [];
  const consequence = objection.isOtherScenario ? 'a deployment is refused' : "a deployment needs 'adopt: true'";
  return [`The stack ${objection.whose}; ${consequence}`];
}

async function failureRows(context: DiffContext, sources: Sources, results: readonly DiffResult[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const result of results) {
    const { label } = result.target;
    if (result.kind === 'not-tried') rows.push({ label, result: 'not tried' });
    if (result.kind !== 'failed') continue;
    const own = contextOf(context, result.target, sources.targets.length);
    const failure = await explainStackFailure(own, context.inputs['stack-name'], result.error);
    if (sources.isOwn) annotateFailure(context.host, sources.package, failure);
    rows.push({ label, result: 'failed', explanation: failure.explanation });
  }
  return rows;
}

/** The same finding in many Regions is shown once on its line. */
function annotateOnce({ host }: DiffContext, sources: Sources, results: readonly DiffResult[]): void {
  if (!sources.isOwn) return;
  const findings = new Map<string, ValidationFinding>();
  for (const result of results) {
    if (result.kind !== 'done') continue;
    for (const finding of result.value.findings) findings.set(JSON.stringify(finding), finding);
  }
  annotateFindings(host, sources.package, [...findings.values()]);
}
