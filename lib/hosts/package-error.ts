import { type Explanation, OperationFailed } from '../errors.ts';

/**
 * Why the host did not do what was asked of a package:
 * - `missing`: there is no such package, or the token may not see it; the host does not say which;
 * - `denied`: the token may not do this;
 * - `busy`: too many requests; nothing more is answered for some time;
 * - `failed`: everything else.
 */
export type PackageErrorKind = 'missing' | 'denied' | 'busy' | 'failed';

/** The host did not do what was asked of a package. */
export class PackageError extends OperationFailed {
  readonly kind: PackageErrorKind;

  constructor(kind: PackageErrorKind, explanation: Explanation, options?: { cause?: unknown }) {
    super(explanation, options);
    this.kind = kind;
  }
}
