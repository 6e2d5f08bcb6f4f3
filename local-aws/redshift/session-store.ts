import { invalid, RedshiftError } from './error.ts';
import type { Session } from './session.ts';

// Source of the limits: Redshift management guide, "Considerations when calling the Amazon Redshift Data API".
const MOST_SESSIONS = 500;
export const LONGEST_SESSION = 24 * 60 * 60;

/** A session that outlives its statements. */
export interface KeptSession {
  readonly id: string;
  readonly owner: string;
  readonly workgroup: string;
  readonly database: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  updated: number;
  /** Seconds that it stays after a statement has ended. */
  aliveSeconds: number;
  /** When it will be closed, while no statement runs. */
  ends: number | undefined;
  /** Undefined until its first statement has connected. */
  session: Session | undefined;
  currentStatement: string | undefined;
  closed: boolean;
  timer: NodeJS.Timeout | undefined;
}

export type SessionStatus = 'AVAILABLE' | 'BUSY' | 'CLOSED';

/** The sessions of all accounts and Regions. */
export class SessionStore {
  readonly #sessions = new Map<string, KeptSession>();

  /** @throws RedshiftError ActiveSessionsExceededException */
  add(kept: Pick<KeptSession, 'id' | 'owner' | 'workgroup' | 'database' | 'aliveSeconds'>, now: number): KeptSession {
    const open = this.list(kept.owner).filter(({ workgroup, closed }) => workgroup === kept.workgroup && !closed);
    if (open.length >= MOST_SESSIONS) {
      const message = `The workgroup has ${MOST_SESSIONS} sessions, which is the limit.`;
      throw new RedshiftError('ActiveSessionsExceededException', message);
    }
    const added: KeptSession = {
      ...kept,
      created: now,
      updated: now,
      ends: undefined,
      session: undefined,
      currentStatement: undefined,
      closed: false,
      timer: undefined,
    };
    this.#sessions.set(kept.id, added);
    return added;
  }

  /** A session that takes a statement. @throws RedshiftError when there is none, or it is busy */
  available(owner: string, id: string): KeptSession {
    const found = this.find(owner, id);
    // Source of these two: https://github.com/awslabs/mcp/issues/4587.
    if (!found) throw invalid(`Session with Id: ${id} is invalid.`);
    if (found.closed) throw invalid('Session is not available');
    if (found.currentStatement !== undefined) throw invalid(`The session ${id} is busy with another statement.`);
    return found;
  }

  find(owner: string, id: string): KeptSession | undefined {
    const found = this.#sessions.get(id);
    return found?.owner === owner ? found : undefined;
  }

  list(owner: string): KeptSession[] {
    return [...this.#sessions.values()].filter((kept) => kept.owner === owner);
  }

  begin(kept: KeptSession, statement: string): void {
    clearTimeout(kept.timer);
    kept.ends = undefined;
    kept.currentStatement = statement;
    kept.updated = Date.now();
  }

  /** Its statement has ended: from now on it lives as long as it was asked to. */
  async rest(kept: KeptSession): Promise<void> {
    kept.currentStatement = undefined;
    kept.updated = Date.now();
    const until = Math.min(kept.updated + kept.aliveSeconds * 1000, kept.created + LONGEST_SESSION * 1000);
    if (kept.closed || until <= kept.updated || !kept.session) return await this.close(kept);
    kept.ends = until;
    kept.timer = setTimeout(() => void this.close(kept), until - kept.updated).unref();
  }

  async close(kept: KeptSession): Promise<void> {
    clearTimeout(kept.timer);
    kept.closed = true;
    kept.updated = Date.now();
    await kept.session?.close();
  }

  /** Ends all sessions, as far as they are wanted. */
  async closeAll(isWanted: (kept: KeptSession) => boolean = () => true): Promise<void> {
    await Promise.all([...this.#sessions.values()].filter(isWanted).map((kept) => this.close(kept)));
  }

  clear(): void {
    for (const { timer } of this.#sessions.values()) clearTimeout(timer);
    this.#sessions.clear();
  }
}

export function statusOf({ closed, currentStatement }: KeptSession): SessionStatus {
  if (closed) return 'CLOSED';
  return currentStatement === undefined ? 'AVAILABLE' : 'BUSY';
}
