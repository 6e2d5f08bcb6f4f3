import { readFileSync } from 'node:fs';
import path from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';
import type { RunnerEvent } from '../support/github-runner.ts';

// The conditions and the queue of the caller workflows, evaluated by GitHub's own library.

export interface Workflow {
  readonly on: Readonly<Record<string, { readonly 'branches-ignore'?: readonly string[] } | null>>;
  readonly concurrency: { readonly group: string; readonly queue: string; readonly 'cancel-in-progress'?: boolean };
  readonly jobs: Readonly<
    Record<string, { readonly if?: string; readonly permissions?: Readonly<Record<string, string>> }>
  >;
}

/** A caller workflow of ours. */
export function read(name: string): Workflow {
  return parse(
    readFileSync(path.join(import.meta.dirname, '..', '..', 'workflows', `${name}.yml`), 'utf8'),
  ) as Workflow;
}

/** The contexts that GitHub gives for an event. */
function contexts(event: RunnerEvent): object {
  const payload = event.payload as { inputs?: object | null };
  const github = {
    event_name: event.name,
    event: payload,
    ref: event.ref,
    ref_name: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    head_ref: event.headRef ?? '',
    repository: 'octo-org/shop',
  };
  return { github, inputs: payload.inputs ?? {} };
}

function evaluate(expression: string, event: RunnerEvent) {
  const tokens = new Lexer(expression).lex().tokens;
  const tree = new Parser(tokens, ['github', 'inputs'], []).parse();
  const context = JSON.parse(JSON.stringify(contexts(event)), data.reviver) as data.Dictionary;
  return new Evaluator(tree, context).evaluate();
}

/** A text with its expressions replaced by their values for an event. */
export function interpolate(text: string, event: RunnerEvent): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, event).coerceString());
}

/** The jobs that an event starts. */
export function jobsOf({ jobs }: Workflow, event: RunnerEvent): string[] {
  return Object.entries(jobs).flatMap(([name, job]) =>
    evaluate(job.if ?? 'true', event).coerceString() === 'true' ? [name] : [],
  );
}
