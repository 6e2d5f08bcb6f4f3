import path from 'node:path';
import { type Aws, connectAws } from '../aws/clients.ts';
import { explainAwsError } from '../aws/explain.ts';
import { BadInput, Cancelled, type ExitCode, type Explanation, HeadgateError } from '../errors.ts';
import { ensureDirectory, replaceFile } from '../hosts/files.ts';
import type { Host } from '../hosts/host.ts';
import type { FrameInputs } from './common-inputs.ts';
import { allInputs } from './common-inputs.ts';
import type { Clock, Context, Operation, Outcome, Plan, PlanMode } from './define.ts';
import { type Inputs, parseInputs, type RawInputs } from './inputs.ts';
import { checkSamePlan, readPlan, savePlan } from './plan-file.ts';

/** What the process entry passes in. */
export interface RunRequest {
  readonly operation: Operation;
  readonly host: Host;
  readonly raw: RawInputs;
  readonly version: string;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly signal: AbortSignal;
}

/** Runs one operation from its inputs to its exit code. The only place where a failure becomes a message. */
export async function runOperation(request: RunRequest): Promise<ExitCode> {
  const { operation, host } = request;
  let inputs: Partial<Inputs<FrameInputs>> = {};
  try {
    inputs = await parseInputs(allInputs(operation), request.raw, { workspace: host.workspace });
    const context = createContext(request, inputs);
    const outcome = await carryOut(operation, context, inputs);
    await publish(request, outcome, inputs.comment === true);
    return 0;
  } catch (error) {
    return await fail(request, error, inputs.comment === true);
  }
}

/** Runs an operation's cleanup after its job. Never changes the job's result: a failure is a warning. */
export async function runCleanup(request: RunRequest): Promise<void> {
  const { operation, host } = request;
  if (operation.cleanup === undefined) return;
  try {
    const state = await host.savedState(operation.name);
    if (state === undefined) return;
    const inputs = await parseInputs(allInputs(operation), request.raw, { workspace: host.workspace });
    // What must end with the job must end also when the job was cancelled.
    const signal = request.signal.aborted ? new AbortController().signal : request.signal;
    await operation.cleanup(state, createContext({ ...request, signal }, inputs));
  } catch (error) {
    host.log.warning(`The cleanup of '${operation.name}' failed: ${explain(error).what}`);
  }
}

function createContext(request: RunRequest, inputs: Partial<Inputs<FrameInputs>>): Context {
  const { operation, host, version, clock, randomHex, signal } = request;
  let connected: Aws | undefined;
  return {
    operation: operation.name,
    version,
    inputs,
    host,
    log: host.log,
    // Connecting loads nothing yet and needs no Region; the first use of a client or of the Region does.
    get aws() {
      connected ??= connectAws({
        region: inputs.region,
        roleToAssume: inputs['role-to-assume'],
        allowedAccountIds: inputs['allowed-account-ids'] ?? [],
        identityToken: (audience) => host.identityToken(audience),
        userAgent: { version, operation: operation.name },
      });
      return connected;
    },
    clock,
    randomHex,
    workspace: host.workspace,
    signal,
    keepForCleanup: (state) => host.saveState(operation.name, state),
  };
}

async function carryOut(
  operation: Operation,
  context: Context,
  inputs: Partial<Inputs<FrameInputs>>,
): Promise<Outcome> {
  switch (operation.kind) {
    case 'query':
      return await operation.read(context);
    case 'work': {
      const prepared = await operation.prepare(context);
      return await operation.confirm(context, prepared, await operation.execute(context, prepared));
    }
    case 'change':
      return await carryOutChange(operation, context, inputs);
  }
}

async function carryOutChange(
  operation: Operation & { kind: 'change' },
  context: Context,
  inputs: Partial<Inputs<FrameInputs>>,
): Promise<Outcome> {
  const dryRun = inputs['dry-run'] ?? 'no';
  const applyPlan = inputs['apply-plan'];
  if (applyPlan !== undefined && (dryRun !== 'no' || inputs['plan-file'] !== undefined)) {
    throw new BadInput([
      {
        input: 'apply-plan',
        message:
          "input 'apply-plan': cannot be combined with 'dry-run' or 'plan-file'; make the plan in one run and apply it in another",
      },
    ]);
  }
  const saved = applyPlan === undefined ? undefined : await readPlan(applyPlan, operation.name);
  const mode: PlanMode = saved?.mode ?? (dryRun === 'preview' ? 'preview' : 'offline');
  const at = saved === undefined ? context.clock.now() : new Date(saved.madeAt);

  const plan = toJsonShape(await operation.plan(context, { mode, at }));
  if (saved !== undefined) checkSamePlan(saved.plan, plan);
  if (inputs['plan-file'] !== undefined) {
    await savePlan(inputs['plan-file'], {
      operation: operation.name,
      version: context.version,
      mode,
      madeAt: at.toISOString(),
      plan,
    });
    context.log.info(`Plan saved to ${inputs['plan-file']}.`);
  }
  logPlan(context, plan);
  if (plan.nothing !== undefined || dryRun !== 'no') return await operation.describe(plan);
  return await operation.confirm(context, plan, await operation.apply(context, plan));
}

/** A plan is compared with a saved one, so it must be what JSON makes of it (no undefined members). */
function toJsonShape(plan: Plan): Plan {
  return JSON.parse(JSON.stringify(plan)) as Plan;
}

function logPlan({ log }: Context, plan: Plan): void {
  log.info(plan.nothing ?? plan.summary);
  for (const action of plan.actions) {
    log.info(
      `  ${action.verb} ${action.what} ${action.name}${action.detail === undefined ? '' : ` (${action.detail})`}`,
    );
  }
  for (const note of plan.notes) log.info(`  note: ${note}`);
}

async function publish({ operation, host }: RunRequest, outcome: Outcome, comment: boolean): Promise<void> {
  const outputs = Object.fromEntries(
    Object.entries(outcome.outputs).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const resultFile = writeResult(host, operation.name, { status: 'done', ...outcome, outputs });
  await host.setOutputs({ ...outputs, 'result-file': resultFile });
  if (outcome.report !== undefined) await publishReport(host, operation, outcome.report, comment, outputs);
  host.log.info(outcome.summary);
}

async function publishReport(
  host: Host,
  operation: Operation,
  report: string,
  comment: boolean,
  outputs: Readonly<Record<string, string>>,
): Promise<void> {
  await host.summary(report);
  if (!comment) return;
  // One comment a scenario and thing, so that deploy and destroy of one stack update the same one.
  const key = [operation.name.split(' ')[0], outputs['stack-name']].filter((part) => part !== undefined).join(':');
  const result = await host.comment(key, report);
  if (!result.done && host.name !== 'terminal') host.log.info(`No comment: ${result.note}`);
}

function writeResult(host: Host, operation: string, result: object): string {
  const name = `${operation.replaceAll(' ', '-')}.json`;
  const directory = ensureDirectory(host.workspace, 'results');
  replaceFile(path.join(directory, name), `${JSON.stringify({ operation, ...result }, null, 2)}\n`);
  return path.join('.headgate', 'results', name);
}

async function fail(request: RunRequest, thrown: unknown, comment: boolean): Promise<ExitCode> {
  const { operation, host, signal } = request;
  const error = signal.aborted && !(thrown instanceof HeadgateError) ? cancelled(operation) : thrown;
  if (error instanceof BadInput) {
    for (const problem of error.problems)
      host.annotate({ level: 'error', title: `headgate ${operation.name}`, message: problem.message });
    host.log.info('Nothing was changed.');
    return error.exitCode;
  }
  const explanation = explain(error);
  const lines = [
    explanation.what,
    ...(explanation.cause === undefined ? [] : [`Likely cause: ${explanation.cause}`]),
    ...(explanation.next === undefined ? [] : [`Next: ${explanation.next}`]),
  ];
  host.annotate({ level: 'error', title: `headgate ${operation.name}`, message: lines.join('\n') });
  try {
    writeResult(host, operation.name, { status: 'failed', ...explanation });
    if (explanation.report !== undefined) {
      const stack = explanation.data?.stack;
      const outputs = typeof stack === 'string' ? { 'stack-name': stack } : {};
      await publishReport(host, operation, explanation.report, comment, outputs);
    }
  } catch (secondary) {
    host.log.warning(`The report of the failure could not be written: ${explain(secondary).what}`);
  }
  if (!(error instanceof HeadgateError) && error instanceof Error) host.log.debug(error.stack ?? '');
  return error instanceof HeadgateError ? error.exitCode : 1;
}

function cancelled(operation: Operation): Cancelled {
  return new Cancelled({
    what: `'${operation.name}' was cancelled`,
    next: 'Run it again: it goes on from what it finds. What AWS had begun goes on by itself',
  });
}

function explain(error: unknown): Explanation {
  if (error instanceof HeadgateError) return error.explanation;
  return explainAwsError(error);
}
