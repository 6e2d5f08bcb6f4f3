/** One call that reached the gateway. */
export interface Call {
  /** Counts from 1 and never repeats while the gateway runs, also over a reset. */
  n: number;
  /** When the call arrived, ISO 8601 in UTC. */
  time: string;
  /** The signing name of the service. */
  service: string;
  /** The API operation, or `GET /path` where no table names it. */
  operation: string;
  /** The IAM action that allows the call. */
  iamAction: string;
  /** Further IAM actions that this call needs with these parameters, for example `iam:PassRole`. */
  alsoNeeds?: string[];
  region: string;
  /** The account that the keys belong to; empty until the answer is there. */
  account: string;
  accessKeyId: string;
  userAgent: string;
  /** The HTTP status of the answer; 0 while there is none or a fault keeps it back, 499 when the caller went away first. */
  status: number;
  /** The fault that was injected: `throttle`, `reset`, …; `latency+throttle` for two. */
  fault?: string;
  /** What the call is about, as far as its address says: `bucket/key`, a function or a stack. */
  resource?: string;
}

/** The newest calls, oldest first. Memory is bounded: beyond the capacity the oldest ones are forgotten. */
export class CallLog {
  readonly #capacity: number;
  #calls: Call[] = [];
  #last = 0;
  /** Calls with a number up to this one were cleared. */
  #cleared = 0;

  constructor(capacity = 100_000) {
    this.#capacity = capacity;
  }

  /** Adds a call and numbers it. The entry may be completed later, when the answer is there. */
  add(call: Omit<Call, 'n'>): Call {
    this.#last += 1;
    const entry = { n: this.#last, ...call };
    this.#calls[this.#last % this.#capacity] = entry;
    return entry;
  }

  /** Calls with a number above `n`. */
  since(n = 0): Call[] {
    const found: Call[] = [];
    const first = Math.max(n, this.#cleared, this.#last - this.#capacity) + 1;
    for (let i = first; i <= this.#last; i += 1) {
      const call = this.#calls[i % this.#capacity];
      if (call) found.push(call);
    }
    return found;
  }

  get count(): number {
    return Math.min(this.#last - this.#cleared, this.#capacity);
  }

  clear(): void {
    this.#cleared = this.#last;
    this.#calls = [];
  }
}
