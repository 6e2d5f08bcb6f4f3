import { type Document, parseAllDocuments, visit, YAMLSeq } from 'yaml';
import { variableName } from '../../scripts/generate/gitlab-template.ts';
import type { Finding } from './findings.ts';

/** The inputs of each operation, by its name. */
export type OperationInputs = ReadonlyMap<string, readonly string[]>;

type Job = {
  extends?: string | string[];
  variables?: Record<string, unknown>;
  environment?: { action?: string; on_stop?: string };
  rules?: { if?: string; when?: string; allow_failure?: boolean }[];
  needs?: unknown[];
  parallel?: { matrix?: Record<string, unknown>[] };
  script?: unknown;
  resource_group?: string;
  [key: string]: unknown;
};
type Input = { default?: unknown; options?: unknown[] };
type Report = (rule: string, message: string) => void;

const SCRIPTS = ['script', 'before_script', 'after_script', 'hooks', 'run'];
const PREFIX = '$[[ inputs.job-prefix ]]';
const INTERPOLATION = /\$\[\[\s*([\w.-]+)[^\]]*\]\]/g;
/** Branch names as people write them; what GitLab makes of one for an address is its slug. */
const RAW_BRANCH = /\$\{?(CI_COMMIT_REF_NAME|CI_COMMIT_BRANCH|CI_MERGE_REQUEST_SOURCE_BRANCH_NAME)\b/;

/**
 * What the schema of GitLab cannot say about our templates: text from outside is data, a template can be included
 * twice, and GitLab finds the stop job of an environment.
 */
export function checkTemplateRules(file: string, text: string, operations: OperationInputs): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (rule, message) => findings.push({ file, line: 0, rule, message });
  const documents = parseAllDocuments(text);
  for (const error of documents.flatMap((document) => document.errors)) report('yaml', error.message);
  const header = documents[0]?.toJS() as { spec?: { inputs?: Record<string, Input | null> } } | undefined;
  for (const [name, input] of Object.entries(header?.spec?.inputs ?? {})) checkDefault(name, input ?? {}, report);
  const jobs = (withoutReferences(documents[1])?.toJS() ?? {}) as Record<string, Job>;
  // What the template hands over itself, the generator leaves to it; it may have another input of the same name.
  const byHand = new Set(/^ *# by hand: (.+)$/m.exec(text)?.[1]?.split(', '));
  const known = new Set([...operations.values()].flat().filter((input) => !byHand.has(input)));
  for (const [name, job] of Object.entries(jobs)) {
    if (!name.replace(/^\./, '').startsWith(PREFIX)) report('prefix', `the job '${name}' lacks the prefix`);
    checkScripts(name, job, report);
    checkInterpolations(name, job, known, report);
    checkVariables(name, job, report);
    checkBranchNames(name, job, report);
    checkCalls(name, job, jobs, operations, report);
    checkStopJob(name, job, jobs, report);
  }
  return findings;
}

/** GitLab refuses the whole pipeline for such a default, also when the input is given. */
function checkDefault(name: string, { default: value, options }: Input, report: Report): void {
  if (value === undefined || options === undefined || options.includes(value)) return;
  report('default', `the default of the input '${name}' is not among its options`);
}

/** A `!reference` names a job, whose lines are checked where they stand; in a script its prefix is no code. */
function withoutReferences<Parsed extends Document | Document.Parsed | undefined>(document: Parsed): Parsed {
  if (document !== undefined)
    visit(document, { Seq: (_, { tag }) => (tag === '!reference' ? new YAMLSeq() : undefined) });
  return document;
}

/** GitLab writes inputs into the text of a script before a shell reads it. */
function checkScripts(name: string, job: Job, report: Report): void {
  for (const key of SCRIPTS) {
    for (const { text } of texts(job[key])) {
      if (text.includes('$[[')) report('script', `'${name}' has an interpolation in '${key}', where it is code`);
    }
  }
}

/** An operation's input enters in one way only: whole, as the variable of its name. */
function checkInterpolations(name: string, job: Job, known: ReadonlySet<string>, report: Report): void {
  for (const { text, path } of texts(job)) {
    for (const [, what = ''] of text.matchAll(INTERPOLATION)) {
      const input = what.replace(/^inputs\./, '');
      if (!what.startsWith('inputs.') || !known.has(input)) continue;
      const asVariable =
        path.join('.') === `variables.${variableName(input)}.value` && text === `$[[ inputs.${input} ]]`;
      if (!asVariable)
        report('input', `'${name}' uses the input '${input}' in '${path.join('.')}', not as ${variableName(input)}`);
    }
  }
}

/** GitLab would replace `$x` in an expanded value, so that a text loses what looks like a variable. */
function checkVariables(name: string, job: Job, report: Report): void {
  const variables = [job.variables, ...(job.rules ?? []).map((rule) => (rule as Job).variables)];
  for (const [variable, given] of variables.flatMap((all) => Object.entries(all ?? {}))) {
    if (!texts(given).some(({ text }) => text.includes('$[['))) continue;
    if ((given as { expand?: unknown }).expand !== false)
      report('expand', `${variable} of '${name}' is without 'expand: false'`);
  }
}

function checkBranchNames(name: string, job: Job, report: Report): void {
  for (const key of ['environment', 'resource_group', 'cache', 'image']) {
    if (texts(job[key]).some(({ text }) => RAW_BRANCH.test(text))) {
      report('branch-name', `'${name}' has the name of a branch in '${key}'; use CI_COMMIT_REF_SLUG`);
    }
  }
}

/** A job that calls an operation hands all its inputs over. */
function checkCalls(
  name: string,
  job: Job,
  jobs: Record<string, Job>,
  operations: OperationInputs,
  report: Report,
): void {
  const script = texts(job.script).map(({ text }) => text);
  for (const [operation, inputs] of operations) {
    if (!script.some((line) => new RegExp(`\\bheadgate ${operation}(?![\\w-])`).test(line))) continue;
    const variables = withBases(name, jobs).flatMap((base) => [
      ...Object.keys(base.variables ?? {}),
      ...(base.parallel?.matrix ?? []).flatMap(Object.keys),
    ]);
    for (const input of inputs) {
      if (!variables.includes(variableName(input)))
        report('lost', `'${name}' does not hand over '${input}' of '${operation}'`);
    }
  }
}

/** Source: GitLab Docs, "CI/CD YAML syntax", environment:on_stop. */
function checkStopJob(name: string, job: Job, jobs: Record<string, Job>, report: Report): void {
  const stop = job.environment?.on_stop;
  if (stop !== undefined && jobs[stop]?.environment?.action !== 'stop')
    report('stop', `'${name}' is stopped by '${stop}', which is no stop job`);
  if (job.environment?.action !== 'stop') return;
  const groups = (of: string) =>
    withBases(of, jobs).flatMap(({ resource_group: group }) => (group === undefined ? [] : [group]));
  const starts = Object.keys(jobs).filter((other) => jobs[other]?.environment?.on_stop === name);
  if (starts.length === 0) report('stop', `no job names '${name}' in 'on_stop'`);
  if (starts.some((start) => groups(start).join() !== groups(name).join() || groups(name).length === 0)) {
    report('stop', `'${name}' and the job that it stops are in no common 'resource_group'`);
  }
  if (job.variables?.GIT_STRATEGY !== 'none') report('stop', `'${name}' checks out a branch that may be gone`);
  if (job.needs?.length !== 0) report('stop', `'${name}' waits for other jobs; write 'needs: []'`);
  for (const { if: condition, when, allow_failure: mayFail } of job.rules ?? []) {
    if (when === 'never') continue;
    if (when !== 'manual' || mayFail !== true)
      report('stop', `'${name}' is not manual, or holds the pipeline up, for '${condition}'`);
  }
}

/** The job and all that it extends. */
function withBases(name: string, jobs: Record<string, Job>): Job[] {
  const job = jobs[name];
  if (job === undefined) return [];
  return [job, ...[job.extends ?? []].flat().flatMap((base) => withBases(base, jobs))];
}

/** Every text in a value, with the keys that lead to it. */
function texts(value: unknown, path: readonly string[] = []): { text: string; path: readonly string[] }[] {
  if (typeof value === 'string') return [{ text: value, path }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, [...path, key]));
}
