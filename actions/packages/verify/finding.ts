import type { Json } from '../../../lib/hosts/host.ts';
import { FirstOf } from '../comparison/first-of.ts';

/** What can be wrong in a Region. */
export type FindingKind =
  | 'missing package'
  | 'missing version'
  | 'missing asset'
  | 'other content'
  | 'other status'
  | 'other dist-tag'
  | 'unreadable';

/** One difference. */
export type VerifyFinding = {
  readonly [key: string]: Json;
  readonly region: string;
  readonly kind: FindingKind;
  /** URL of the package or version; null for the whole Region. */
  readonly package: string | null;
  readonly asset: string | null;
  /** What was found, as a phrase. */
  readonly found: string;
};

/** Findings, of which only the first so many are kept: a Region that lacks everything must not fill the memory. */
export class Findings {
  readonly #first: FirstOf<VerifyFinding>;
  readonly #kinds = new Set<FindingKind>();

  constructor(bound: number) {
    this.#first = new FirstOf(bound, ({ package: url, asset }) => `${url ?? ''}\n${asset ?? ''}`);
  }

  add(...findings: readonly VerifyFinding[]): void {
    for (const finding of findings) {
      this.#kinds.add(finding.kind);
      this.#first.add(finding);
    }
  }

  get count(): number {
    return this.#first.count;
  }

  has(...kinds: readonly FindingKind[]): boolean {
    return kinds.some((kind) => this.#kinds.has(kind));
  }

  /** Those that are kept, by package, version and asset. */
  sorted(): readonly VerifyFinding[] {
    return this.#first.sorted();
  }
}
