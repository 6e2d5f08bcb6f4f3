/** What keeps an engine from being installed or used: what happened, the likely cause and the next step, as sentences. */
export class EngineError extends Error {
  /** What happened, without a final full stop. */
  readonly what: string;
  readonly likelyCause: string;
  readonly next: string;

  constructor(what: string, { cause, next }: { cause: string; next: string }) {
    super(`${what}\nLikely cause: ${cause}. ${next}.`);
    this.name = new.target.name;
    this.what = what;
    this.likelyCause = cause;
    this.next = next;
  }
}
