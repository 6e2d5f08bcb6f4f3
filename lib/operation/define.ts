import type { Aws } from '../aws/clients.ts';
import type { Host, Json, Log } from '../hosts/host.ts';
import type { InputSpecs, Inputs } from './inputs.ts';

/** One IAM action that an operation uses itself; the published minimal policy is made of these. */
export interface Permission {
  /** For example `cloudformation:DescribeStacks`. */
  readonly action: string;
  /** ARN pattern with `${Partition}`, `${Region}` and `${Account}` as placeholders, or `*` where AWS allows no other. */
  readonly resource: string;
  /** When and what for, as a phrase. */
  readonly why: string;
  /** Only needed with a certain input; such a permission is listed apart. */
  readonly onlyWith?: string;
}

/** Time, injected. */
export interface Clock {
  now(): Date;
  /** Waits; ends early with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** What an operation gets from outside; nothing else reads the environment. */
export interface Context<Specs extends InputSpecs = InputSpecs> {
  readonly operation: string;
  readonly version: string;
  readonly inputs: Inputs<Specs>;
  readonly host: Host;
  readonly log: Log;
  readonly aws: Aws;
  readonly clock: Clock;
  /** Random lower-case hexadecimal text of this many bytes, for names that must be unique to a run. */
  readonly randomHex: (bytes: number) => string;
  readonly workspace: string;
  readonly signal: AbortSignal;
  /** Saves what `cleanup` needs after the job. JSON without secrets. */
  readonly keepForCleanup: (state: Json) => Promise<void>;
}

/** What an operation came to. */
export interface Outcome<Output extends string = string> {
  /** One line, for the end of the log. */
  readonly summary: string;
  /** Scalars for later steps and jobs, single lines. */
  readonly outputs: Readonly<Partial<Record<Output, string>>>;
  /** Markdown for the job's summary and the comment on the pull or merge request. */
  readonly report?: string;
  /** Facts for the result file. */
  readonly result?: Json;
}

/** One step that a change would take. */
export interface PlannedAction {
  readonly verb: 'create' | 'update' | 'replace' | 'delete' | 'upload' | 'empty' | 'wait' | 'recover' | 'tag';
  /** What kind of thing, in the service's words: `stack`, `bucket`, `asset`. */
  readonly what: string;
  readonly name: string;
  /** Why, or what exactly, where the verb does not say it. */
  readonly detail?: string;
}

/**
 * The complete list of what a change would do. `details` holds every fact that was read and on which the actions rest;
 * a saved plan is refused when a fact has changed. Nothing in it is secret and nothing in it is random.
 */
export interface Plan<Details extends Json = Json> {
  readonly summary: string;
  readonly actions: readonly PlannedAction[];
  readonly notes: readonly string[];
  readonly details: Details;
  /** Set when there is nothing to do at all: why. The change ends well without applying. */
  readonly nothing?: string;
}

/** `offline` reads only what costs nothing; `preview` may make what a real preview needs, lists it and removes it. */
export type PlanMode = 'offline' | 'preview';

export interface PlanRequest {
  readonly mode: PlanMode;
  /** The instant that the plan counts from. For a saved plan it is the time when that plan was made. */
  readonly at: Date;
}

interface Common<Specs extends InputSpecs, Output extends string> {
  /** `<scenario> <operation>`. */
  readonly name: `${string} ${string}`;
  /** One sentence for lists and doors. */
  readonly summary: string;
  readonly inputs: Specs;
  /** Name and description of each output. */
  readonly outputs: Readonly<Record<Output, string>>;
  readonly permissions: readonly Permission[];
  /** False for operations that never call AWS; they get no Region or account inputs. */
  readonly usesAws: boolean;
  /** True when it comments or records deployments, so that its GitHub door passes a token. */
  readonly usesHostApi?: boolean;
  /** True when it signs in to image registries, so that its GitHub door passes a token: it opens ghcr.io. */
  readonly usesRegistry?: boolean;
  /** What must end with the job, whatever happened. It runs after the job and gets what `keepForCleanup` saved. */
  readonly cleanup?: (state: Json, context: Pick<Context, 'log' | 'aws' | 'clock' | 'signal'>) => Promise<void>;
}

export interface QueryOperation<Specs extends InputSpecs, Output extends string> extends Common<Specs, Output> {
  readonly kind: 'query';
  readonly read: (context: Context<Specs>) => Promise<Outcome<Output>>;
}

export interface ChangeOperation<Specs extends InputSpecs, Output extends string, Details extends Json, Applied>
  extends Common<Specs, Output> {
  readonly kind: 'change';
  /** Writes nothing that lasts. */
  readonly plan: (context: Context<Specs>, request: PlanRequest) => Promise<Plan<Details>>;
  /** Idempotent by content: a second run changes nothing. */
  readonly apply: (context: Context<Specs>, plan: Plan<Details>) => Promise<Applied>;
  /** Reads back what was written, compares, and says what came out. */
  readonly confirm: (context: Context<Specs>, plan: Plan<Details>, applied: Applied) => Promise<Outcome<Output>>;
  /** The outcome of a dry run, or of a plan with nothing to do. Pure. */
  readonly describe: (plan: Plan<Details>) => Outcome<Output> | Promise<Outcome<Output>>;
}

export interface WorkOperation<Specs extends InputSpecs, Output extends string, Prepared, Executed>
  extends Common<Specs, Output> {
  readonly kind: 'work';
  readonly prepare: (context: Context<Specs>) => Promise<Prepared>;
  readonly execute: (context: Context<Specs>, prepared: Prepared) => Promise<Executed>;
  readonly confirm: (context: Context<Specs>, prepared: Prepared, executed: Executed) => Promise<Outcome<Output>>;
}

/**
 * An operation with its types erased, as the frame handles it. The hooks are methods here, so that an operation with
 * narrower types fits; only `run.ts` calls them, and always with what the operation's own parser and plan made.
 */
export type Operation = Omit<Common<InputSpecs, string>, 'outputs'> & {
  readonly outputs: Readonly<Record<string, string>>;
} & (
    | { readonly kind: 'query'; read(context: Context): Promise<Outcome> }
    | {
        readonly kind: 'change';
        plan(context: Context, request: PlanRequest): Promise<Plan>;
        apply(context: Context, plan: Plan): Promise<unknown>;
        confirm(context: Context, plan: Plan, applied: unknown): Promise<Outcome>;
        describe(plan: Plan): Outcome | Promise<Outcome>;
      }
    | {
        readonly kind: 'work';
        prepare(context: Context): Promise<unknown>;
        execute(context: Context, prepared: unknown): Promise<unknown>;
        confirm(context: Context, prepared: unknown, executed: unknown): Promise<Outcome>;
      }
  );

/**
 * Defines what one pipeline stage does. From this one value come the GitHub and GitLab doors, the command line with its
 * help, the tables in the docs and the IAM policy. The file's default export must be the result; the file's name is the
 * operation's, its folder's the scenario's.
 *
 * The file is loaded for `--help` and for bad input, too. Hooks that need more than a few small modules load them with
 * `import()`, so that a start without a call stays quick.
 */
export function defineOperation<Specs extends InputSpecs, Output extends string>(
  definition: QueryOperation<Specs, Output>,
): Operation;
export function defineOperation<Specs extends InputSpecs, Output extends string, Details extends Json, Applied>(
  definition: ChangeOperation<Specs, Output, Details, Applied>,
): Operation;
export function defineOperation<Specs extends InputSpecs, Output extends string, Prepared, Executed>(
  definition: WorkOperation<Specs, Output, Prepared, Executed>,
): Operation;
export function defineOperation(definition: object): Operation {
  return definition as Operation;
}
