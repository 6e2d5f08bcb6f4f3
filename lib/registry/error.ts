import { type Explanation, OperationFailed } from '../errors.ts';

/**
 * Why a registry did not do what it was asked to:
 * - `denied`: 401 or 403;
 * - `missing`: the repository or what was asked for does not exist;
 * - `immutable`: the tag exists and may not move;
 * - `unsupported`: the registry does not have this call, or it is switched off;
 * - `invalid`: the registry refused what was sent, or what it sent cannot be used (a wrong digest, a cut body);
 * - `busy`: 429, after the last repetition;
 * - `unavailable`: it cannot be reached, or answers 5xx, after the last repetition.
 */
export type RegistryErrorKind = 'denied' | 'missing' | 'immutable' | 'unsupported' | 'invalid' | 'busy' | 'unavailable';

/** A registry did not do what it was asked to. */
export class RegistryError extends OperationFailed {
  readonly kind: RegistryErrorKind;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The registry's own codes (`MANIFEST_UNKNOWN`, …). Source: distribution-spec, "Error Codes". */
  readonly codes: readonly string[];

  constructor(
    kind: RegistryErrorKind,
    explanation: Explanation,
    more: { status?: number; codes?: readonly string[]; cause?: unknown } = {},
  ) {
    super(explanation, more.cause === undefined ? undefined : { cause: more.cause });
    this.kind = kind;
    this.status = more.status;
    this.codes = more.codes ?? [];
  }
}
