import { bare } from './sql.ts';

/** Settings of a session that Redshift has and DuckDB has not. */
export const SETTINGS = ['enable_result_cache_for_session', 'query_group', 'statement_timeout'] as const;
export type Setting = (typeof SETTINGS)[number];

/** What a statement asks for: something that Redshift has and DuckDB has not, or plain SQL. */
export type Request =
  | { readonly kind: 'sql' }
  | { readonly kind: 'set'; readonly setting: Setting; readonly value: string | undefined }
  | { readonly kind: 'show'; readonly setting: Setting }
  | { readonly kind: 'search-path'; readonly schemas: readonly string[] }
  | { readonly kind: 'create-database'; readonly name: string }
  | { readonly kind: 'database-from-share'; readonly name: string; readonly share: string; readonly namespace: string }
  | { readonly kind: 'drop-database'; readonly name: string }
  | {
      readonly kind: 'external-schema';
      readonly name: string;
      readonly ifNotExists: boolean;
      readonly database: string;
      readonly schema: string;
    }
  | { readonly kind: 'drop-schema'; readonly name: string; readonly ifExists: boolean };

const NAME = '("(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*)';
const TEXT = `'((?:[^']|'')*)'`;

/** Source of the forms: Redshift database developer guide, "SQL commands". */
const FORMS: readonly (readonly [RegExp, (...groups: (string | undefined)[]) => Request])[] = [
  [
    new RegExp(String.raw`^(?:reset\s+(${SETTINGS.join('|')})|set\s+(${SETTINGS.join('|')})\s+to\s+default)$`, 'i'),
    (a, b) => ({ kind: 'set', setting: settingOf(a ?? b), value: undefined }),
  ],
  [
    new RegExp(String.raw`^set\s+(?:session\s+)?(${SETTINGS.join('|')})\s*(?:\s+to\s+|=)\s*(.+)$`, 'is'),
    (setting, value) => ({ kind: 'set', setting: settingOf(setting), value: unquoted(value) }),
  ],
  [new RegExp(String.raw`^show\s+(${SETTINGS.join('|')})$`, 'i'), (s) => ({ kind: 'show', setting: settingOf(s) })],
  [
    /^set\s+(?:session\s+)?search_path\s*(?:\s+to\s+|=)\s*(.+)$/is,
    (list = '') => ({ kind: 'search-path', schemas: list.split(',').map((name) => unquoted(name)) }),
  ],
  [/^reset\s+search_path$/i, () => ({ kind: 'search-path', schemas: ['public'] })],
  [
    new RegExp(
      String.raw`^create\s+database\s+${NAME}\s+from\s+datashare\s+${NAME}\s+of\s+(?:account\s+${TEXT}\s+)?namespace\s+${TEXT}`,
      'i',
    ),
    (name, share, _, namespace = '') => ({
      kind: 'database-from-share',
      name: folded(name),
      share: folded(share),
      namespace,
    }),
  ],
  [new RegExp(`^create\\s+database\\s+${NAME}$`, 'i'), (name) => ({ kind: 'create-database', name: folded(name) })],
  [new RegExp(`^drop\\s+database\\s+${NAME}$`, 'i'), (name) => ({ kind: 'drop-database', name: folded(name) })],
  [
    new RegExp(
      String.raw`^create\s+external\s+schema\s+(if\s+not\s+exists\s+)?${NAME}\s+from\s+redshift\s+database\s+${TEXT}(?:\s+schema\s+${TEXT})?$`,
      'i',
    ),
    (ifNotExists, name, database = '', schema = 'public') => ({
      kind: 'external-schema',
      name: folded(name),
      ifNotExists: ifNotExists !== undefined,
      database,
      schema,
    }),
  ],
  [
    new RegExp(String.raw`^drop\s+schema\s+(if\s+exists\s+)?${NAME}$`, 'i'),
    (ifExists, name) => ({ kind: 'drop-schema', name: folded(name), ifExists: ifExists !== undefined }),
  ],
];

/** Reads a statement as far as Redshift differs from DuckDB. */
export function readRequest(sql: string): Request {
  const text = bare(sql);
  for (const [form, make] of FORMS) {
    const found = form.exec(text);
    if (found) return make(...found.slice(1));
  }
  return { kind: 'sql' };
}

function settingOf(name = ''): Setting {
  const setting = SETTINGS.find((candidate) => candidate === name.toLowerCase());
  if (setting === undefined) throw new Error(`'${name}' is no setting.`);
  return setting;
}

function unquoted(value = ''): string {
  const text = value.trim();
  return /^'.*'$/s.test(text) ? text.slice(1, -1).replaceAll("''", "'") : folded(text);
}

/** Names are lower case unless they are quoted; Redshift folds these, too. */
function folded(name = ''): string {
  return (/^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name).toLowerCase();
}
