import { parse, parseAllDocuments } from 'yaml';
import { BadInput } from '../../lib/errors.ts';
import { allInputs } from '../../lib/operation/common-inputs.ts';
import type { Operation } from '../../lib/operation/define.ts';
import { type InputSpecs, parseInputs } from '../../lib/operation/inputs.ts';

/** What an example is held against. */
export interface Definitions {
  readonly operations: ReadonlyMap<string, Operation>;
  /** The inputs of a GitLab template; undefined when there is no such template. */
  readonly templateInputs: (name: string) => ReadonlySet<string> | undefined;
  /** The inputs of a reusable workflow; undefined when there is no such workflow. */
  readonly workflowInputs: (name: string) => ReadonlySet<string> | undefined;
}

type Values = Readonly<Record<string, unknown>>;

const ACTION = /^headgate-dev\/headgate(?:\/actions\/([\w-]+)\/([\w-]+))?@[\w.…<>-]+$/;
const WORKFLOW = /^headgate-dev\/headgate\/\.github\/workflows\/([\w-]+)\.yml@v?[\d.]+$/;
const TEMPLATE = /(?:headgate-dev\/headgate|gitlab-templates|templates)\/([\w-]+)(?:\.yml)?(?:@[\w.~-]+)?$/;

/** What is wrong with the steps and includes of ours in one example, in YAML. Other parts are not looked at. */
export async function exampleProblems(yaml: string, definitions: Definitions): Promise<string[]> {
  const problems: string[] = [];
  for (const document of parseAllDocuments(yaml)) {
    problems.push(...document.errors.map(({ message }) => message));
    for (const map of mapsIn(document.toJS())) {
      problems.push(...(await stepProblems(map, definitions)), ...(await includeProblems(map, definitions)));
    }
  }
  return problems;
}

async function stepProblems(step: Values, definitions: Definitions): Promise<string[]> {
  const { operations, workflowInputs } = definitions;
  const uses = step.uses;
  if (typeof uses !== 'string' || !uses.startsWith('headgate-dev/')) return [];
  const [, workflow] = WORKFLOW.exec(uses) ?? [];
  if (workflow !== undefined) {
    const given = (step.with ?? {}) as Values;
    return await doorProblems({ uses, scenario: workflow, given, known: workflowInputs(workflow) }, operations);
  }
  const [matched, scenario, verb] = ACTION.exec(uses) ?? [];
  if (matched === undefined) return [`uses: ${uses} is not an action of ours`];
  const given = (step.with ?? {}) as Values;
  if (scenario !== undefined) return await valueProblems(uses, operations.get(`${scenario} ${verb}`), given);
  const inputs = typeof given.inputs === 'string' ? (parse(given.inputs) as Values) : {};
  return await valueProblems(uses, operations.get(String(given.operation)), inputs);
}

async function valueProblems(uses: string, operation: Operation | undefined, given: Values): Promise<string[]> {
  if (operation === undefined) return [`${uses}: there is no such operation`];
  const specs = allInputs(operation);
  const unknown = Object.keys(given).filter(
    (name) =>
      !Object.hasOwn(specs, name) &&
      !(name === 'github-token' && (operation.usesHostApi === true || operation.usesRegistry === true)),
  );
  return [...unknown.map((name) => `${uses}: there is no input '${name}'`), ...(await parseProblems(specs, given))];
}

async function includeProblems(include: Values, { operations, templateInputs }: Definitions): Promise<string[]> {
  const source = include.component ?? include.remote ?? include.local ?? include.file;
  if (typeof source !== 'string' || include.inputs === undefined) return [];
  const [, name = ''] = TEMPLATE.exec(source) ?? [];
  const given = include.inputs as Values;
  return await doorProblems({ uses: source, scenario: name, given, known: templateInputs(name) }, operations);
}

interface ScenarioDoor {
  readonly uses: string;
  readonly scenario: string;
  readonly given: Values;
  readonly known: ReadonlySet<string> | undefined;
}

/** A template or a reusable workflow hands its inputs to several operations; those that it has not, it gives itself. */
async function doorProblems(
  { uses, scenario, given, known }: ScenarioDoor,
  operations: Definitions['operations'],
): Promise<string[]> {
  if (known === undefined) return [`${uses} is not a template of ours, nor a workflow`];
  const unknown = Object.keys(given).filter((input) => !known.has(input));
  const ofScenario = [...operations.values()].filter((operation) => operation.name.startsWith(`${scenario} `));
  const specs = Object.entries(Object.assign({}, ...ofScenario.map(allInputs)) as InputSpecs);
  const handed = Object.fromEntries(specs.filter(([name]) => known.has(name)));
  return [...unknown.map((input) => `${uses}: there is no input '${input}'`), ...(await parseProblems(handed, given))];
}

/** Runs the parsers of the inputs over the values that are literal. */
async function parseProblems(specs: InputSpecs, given: Values): Promise<string[]> {
  const literal = Object.entries(given).filter(
    ([name, value]) => Object.hasOwn(specs, name) && !/\$\{\{|\$\[\[/.test(String(value)),
  );
  const values = new Map(literal.map(([name, value]) => [name, String(value)]));
  try {
    await parseInputs(specs, (name) => values.get(name), { workspace: '/workspace' });
    return [];
  } catch (error) {
    if (error instanceof BadInput) return error.problems.map(({ message }) => message);
    throw error;
  }
}

function* mapsIn(value: unknown): Generator<Values> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Values;
  for (const inner of Object.values(value)) yield* mapsIn(inner);
}
