import type { Row, Session } from '../engine/engine.ts';

/** Runs one statement of our own and gives all its rows, of which there are few. */
export async function ask(session: Session, sql: string, signal: AbortSignal): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await session.run(sql, { signal, onRows: (more) => void rows.push(...more) });
  return rows;
}

/** The first line of what a database says; what follows repeats the statement. */
export function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
