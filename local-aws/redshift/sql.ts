/** Quotes a name for SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text for SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Strings, quoted names, comments and casts, in which a colon is no parameter; then what looks like a parameter. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([A-Za-z_][A-Za-z0-9_]*)/g;

/** The parameters that a statement names as `:name`. */
export function namedParameters(sql: string): Set<string> {
  return new Set([...sql.matchAll(TOKENS)].flatMap(([, name]) => name ?? []));
}

/** Puts the values of parameters into a statement, as texts that SQL converts to the type that it needs. */
export function withParameters(sql: string, values: ReadonlyMap<string, string>): string {
  return sql.replace(TOKENS, (token: string, name?: string) => {
    const value = name === undefined ? undefined : values.get(name);
    return value === undefined ? token : literal(value);
  });
}

/** A statement without the comments and the space before it, and the semicolon after it. */
export function bare(sql: string): string {
  return sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/, '').replace(/[\s;]+$/, '');
}
