/** Quotes a name for SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A text as an expression of SQL. A backslash stands for itself in a literal of DuckDB and begins an escape in one of
 * Redshift, so that it is in none.
 */
export function literal(text: string): string {
  const parts = text.split('\\').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts.join('') : `(${parts.join(' || chr(92) || ')})`;
}
