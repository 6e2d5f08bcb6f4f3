import { type Explanation, HeadgateError } from '../../errors.ts';

/**
 * `exists`: something else is there already (409). `denied`: the login is not enough. `missing`: 404. `unavailable`: the
 * service or the way to it has a fault, or asks for fewer requests. `invalid`: it does not take what was sent, or sent
 * what cannot be used.
 */
export type PackagesErrorKind = 'exists' | 'denied' | 'missing' | 'unavailable' | 'invalid';

/** A request of a package protocol failed. */
export class PackagesError extends HeadgateError {
  readonly kind: PackagesErrorKind;
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;

  constructor(kind: PackagesErrorKind, explanation: Explanation, more: { status?: number; cause?: unknown } = {}) {
    super(explanation, more.cause === undefined ? {} : { cause: more.cause });
    this.kind = kind;
    this.status = more.status;
  }
}
