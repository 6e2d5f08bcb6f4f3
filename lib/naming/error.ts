/** Something a name is made of does not have the form that it must have. */
export class NamingError extends Error {
  readonly part: string;
  readonly value: string;
  /** What is wrong with the value, and what may be written instead; a phrase that follows the value. */
  readonly reason: string;

  /**
   * @param part which part of a name: `component`, `prefix`, `repository`, …
   * @param value the refused text, without credentials
   * @param allowed what may be written instead
   */
  constructor(part: string, value: string, allowed: string) {
    super(`${part}: ${JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)} ${allowed}`);
    this.name = 'NamingError';
    this.part = part;
    this.value = value;
    this.reason = allowed;
  }
}

/** Makes of a function that throws NamingError one that tells what it has against a text, or undefined. */
export function reasonFrom(check: (text: string) => unknown): (text: string) => string | undefined {
  return (text) => {
    try {
      check(text);
      return undefined;
    } catch (error) {
      if (error instanceof NamingError) return error.reason;
      throw error;
    }
  };
}
