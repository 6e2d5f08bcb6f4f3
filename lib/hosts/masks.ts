/** Values that must not appear in what we print or publish. */
export class Masks {
  readonly #values = new Set<string>();

  /** Adds a value; answers false for blank text and for what is known already. */
  add(secret: string): boolean {
    if (secret.trim() === '' || this.#values.has(secret)) return false;
    this.#values.add(secret);
    // A log shows a secret of several lines (a key) line by line.
    for (const line of secret.split(/\r?\n/)) if (line.trim() !== '') this.#values.add(line);
    return true;
  }

  /** The text with every known value replaced by `***`. */
  redact(text: string): string {
    if (this.#values.size === 0) return text;
    // The longest first: a short value inside a long one must not leave the rest of the long one.
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((redacted, value) => redacted.replaceAll(value, '***'), text);
  }
}
