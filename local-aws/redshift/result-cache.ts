/** Views of the system, whose answers Redshift never takes from the cache. */
const SYSTEM_VIEW = /\b(sys|svv|svl|stv|stl)_/i;

/** A statement that has succeeded. */
export interface Answered {
  readonly database: string;
  /** As in `sys_query_history`. */
  readonly type: string;
  readonly text: string;
  /** Whether its session uses the cache. */
  readonly usesCache: boolean;
}

/**
 * Tells which answers Redshift would have taken from its result cache: a session that uses it runs a text again which one
 * that uses it has run before, and nothing was changed since. Here every statement runs. Source: Redshift database
 * developer guide, "Result caching".
 */
export class ResultCache {
  readonly #texts = new Set<string>();

  /** Remembers the statement. True when its answer would have come from the cache. */
  hit({ database, type, text, usesCache }: Answered): boolean {
    if (type !== 'SELECT') {
      // A setting or a plan changes no data.
      if (type !== 'OTHER') this.#texts.clear();
      return false;
    }
    if (!usesCache || SYSTEM_VIEW.test(text)) return false;
    const key = `${database} ${text}`;
    const isKnown = this.#texts.has(key);
    this.#texts.add(key);
    return isKnown;
  }
}
