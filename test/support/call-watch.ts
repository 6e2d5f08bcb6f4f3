import type { Interceptor } from '../../local-aws/gateway.ts';

/** Looks at something whenever a local AWS is called: looking all the time would take a core from what is waited for. */
export class CallWatch {
  readonly #looks = new Set<() => void>();

  /** One of the `interceptors` of a local AWS. It does not see calls that a fault answers. */
  readonly interceptor: Interceptor = async () => {
    for (const look of this.#looks) look();
    return false;
  };

  /** Resolves in the moment in which a call makes the condition true, before that is carried out; or when `run` has ended. */
  async until(condition: () => boolean, run: PromiseLike<unknown>): Promise<void> {
    const met = Promise.withResolvers<void>();
    const look = () => {
      if (condition()) met.resolve();
    };
    this.#looks.add(look);
    look();
    try {
      await Promise.race([met.promise, run]);
    } finally {
      this.#looks.delete(look);
    }
  }
}
