import type { Change, PolicyAction, ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation';

/** Why a resource changes: one property or attribute of it. */
export interface ChangeCause {
  /** Path of the property such as `/Properties/Runtime`, or the attribute such as `Tags`. */
  readonly path: string;
  /** Whether a change of this property makes a new resource. */
  readonly recreation: 'never' | 'conditionally' | 'always';
  /** The parameters, resources or attributes that the change comes from. */
  readonly entities: readonly string[];
  /** Only when asked for, present in the change set, and not secret. */
  readonly before?: string;
  readonly after?: string;
}

/** One resource of a change set. */
export interface ChangeRow {
  /** `sync` changes only what CloudFormation remembers of the resource (drift-aware change sets). */
  readonly action: 'add' | 'modify' | 'remove' | 'import' | 'dynamic' | 'sync';
  readonly replacement: 'no' | 'conditional' | 'yes';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly scope: readonly string[];
  readonly causes: readonly ChangeCause[];
  /** Nothing but tags changes. */
  readonly tagsOnly: boolean;
  /** What becomes of the old resource of a removal or replacement. */
  readonly policyAction?: PolicyAction;
}

const ACTIONS = {
  Add: 'add',
  Dynamic: 'dynamic',
  Import: 'import',
  Modify: 'modify',
  Remove: 'remove',
  SyncWithActual: 'sync',
} as const;
const REPLACEMENTS = { False: 'no', Conditional: 'conditional', True: 'yes' } as const;
const RECREATIONS = { Never: 'never', Conditionally: 'conditionally', Always: 'always' } as const;
const RECREATION_ORDER = ['never', 'conditionally', 'always'] as const;

export interface ChangeRowOptions {
  /** Keep property values before and after. Off by default: nothing in a change set says which of them are secret. */
  readonly values?: boolean;
  /** Parameters whose values are secret (NoEcho): what they cause has no values, `values` or not. */
  readonly noEcho?: Iterable<string>;
}

/** The resources of a change set, gravest first: removed, replaced, perhaps replaced, then the rest by name. */
export function changeRows(changes: readonly Change[], options: ChangeRowOptions = {}): readonly ChangeRow[] {
  const noEcho = new Set(options.noEcho ?? []);
  const shown = (cause: ChangeCause) =>
    options.values === true && !isSecret(cause, noEcho) ? cause : withoutValues(cause);
  return changes
    .flatMap(({ ResourceChange }) => (ResourceChange === undefined ? [] : [changeRow(ResourceChange)]))
    .map((row): ChangeRow => ({ ...row, causes: row.causes.map(shown) }))
    .sort((a, b) => gravity(a) - gravity(b) || compare(a.logicalId, b.logicalId) || compare(a.type, b.type));
}

function changeRow(change: ResourceChange): ChangeRow {
  const scope = [...(change.Scope ?? [])].sort(compare);
  const action = ACTIONS[change.Action ?? 'Dynamic'] ?? 'dynamic';
  // CloudFormation fills in Replacement for modifications only.
  const replacement = action === 'modify' ? REPLACEMENTS[change.Replacement ?? 'False'] : 'no';
  return {
    action,
    replacement,
    logicalId: change.LogicalResourceId ?? '',
    type: change.ResourceType ?? '',
    ...(change.PhysicalResourceId === undefined ? {} : { physicalId: change.PhysicalResourceId }),
    scope,
    causes: changeCauses(change.Details ?? []),
    tagsOnly: action === 'modify' && replacement === 'no' && scope.length === 1 && scope[0] === 'Tags',
    ...(change.PolicyAction === undefined ? {} : { policyAction: change.PolicyAction }),
  };
}

const SECRET = /pass|secret|token|credential|private_?key|api_?key|access_?key/i;

/** By where the value comes from, by the name of the property that it goes into, or by a name inside it. */
function isSecret({ path, entities, before = '', after = '' }: ChangeCause, noEcho: ReadonlySet<string>): boolean {
  return entities.some((entity) => noEcho.has(entity)) || looksSecret(path, before, after);
}

/** Whether one of the texts, a name or a value, has a word that secrets are called by. */
export function looksSecret(...texts: readonly string[]): boolean {
  return texts.some((text) => SECRET.test(text));
}

function withoutValues({ path, recreation, entities }: ChangeCause): ChangeCause {
  return { path, recreation, entities };
}

/** CloudFormation lists a property once for each evaluation and source; one cause for each path is left. */
function changeCauses(list: readonly ResourceChangeDetail[]): readonly ChangeCause[] {
  const causes = new Map<string, ChangeCause>();
  for (const detail of list) {
    const cause = changeCause(detail);
    const known = causes.get(cause.path);
    causes.set(cause.path, known === undefined ? cause : merge(known, cause));
  }
  return [...causes.values()].sort((a, b) => compare(a.path, b.path));
}

function changeCause({ Target, CausingEntity }: ResourceChangeDetail): ChangeCause {
  const named = Target?.Name === undefined ? Target?.Attribute : `${Target.Attribute ?? 'Properties'}.${Target.Name}`;
  return {
    path: Target?.Path ?? named ?? 'unknown',
    recreation: RECREATIONS[Target?.RequiresRecreation ?? 'Never'],
    entities: CausingEntity === undefined ? [] : [CausingEntity],
    ...(Target?.BeforeValue === undefined ? {} : { before: Target.BeforeValue }),
    ...(Target?.AfterValue === undefined ? {} : { after: Target.AfterValue }),
  };
}

function merge(a: ChangeCause, b: ChangeCause): ChangeCause {
  const graver = RECREATION_ORDER.indexOf(a.recreation) > RECREATION_ORDER.indexOf(b.recreation) ? a : b;
  const entities = [...new Set([...a.entities, ...b.entities])].sort(compare);
  return { ...b, ...a, recreation: graver.recreation, entities };
}

/** Whether the resource that is there now, with what is in it, goes away or stays without the stack. */
function gravity({ action, replacement, tagsOnly }: ChangeRow): number {
  if (action === 'remove') return 0;
  if (replacement === 'yes') return 1;
  if (replacement === 'conditional' || action === 'dynamic') return 2;
  if (action === 'modify') return tagsOnly ? 6 : 3;
  if (action === 'add') return 4;
  return 5;
}

/** Counts in one line: `2 to add, 1 to replace, 1 to remove; 4 change tags only`. */
export function changeHeadline(rows: readonly ChangeRow[]): string {
  const count = (matches: (row: ChangeRow) => boolean) => rows.filter(matches).length;
  const modified = (row: ChangeRow) => row.action === 'modify' && row.replacement === 'no' && !row.tagsOnly;
  const counts: readonly (readonly [number, string])[] = [
    [count(({ action }) => action === 'add'), 'to add'],
    [count(({ action }) => action === 'import'), 'to import'],
    [count(modified), 'to change'],
    [count(({ replacement }) => replacement === 'yes'), 'to replace'],
    [count(({ replacement }) => replacement === 'conditional'), 'perhaps to replace'],
    [count(({ action }) => action === 'dynamic'), 'known only when it runs'],
    [count(({ action }) => action === 'sync'), 'to bring into step'],
    [count(({ action }) => action === 'remove'), 'to remove'],
  ];
  const main = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const tags = count(({ tagsOnly }) => tagsOnly);
  const aside = tags === 0 ? [] : [`${tags} ${tags === 1 ? 'changes' : 'change'} tags only`];
  return [main.join(', '), ...aside].filter((part) => part !== '').join('; ') || 'No changes';
}

/** By code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The rows as plain lines for a log; what changes tags only is counted in the headline and left out here. */
export function changeLines(rows: readonly ChangeRow[]): readonly string[] {
  const lines = rows
    .filter(({ tagsOnly }) => !tagsOnly)
    .map(({ action, replacement, logicalId, type }) => {
      const word =
        replacement === 'yes'
          ? 'REPLACE'
          : replacement === 'conditional'
            ? 'perhaps REPLACE'
            : action === 'remove'
              ? 'REMOVE'
              : action;
      return `  ${word} ${logicalId} (${type})`;
    });
  return [changeHeadline(rows), ...lines];
}
