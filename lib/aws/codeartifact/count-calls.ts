import type { Codeartifact } from '@aws-sdk/client-codeartifact';

/** Tells `called` of every request that a client sends from now on, also of those that are repeated. */
export function countCalls(client: Codeartifact, called: () => void): void {
  client.middlewareStack.add(
    (next) => (args) => {
      called();
      return next(args);
    },
    // Behind the middleware that repeats; another one of this name is replaced.
    { step: 'finalizeRequest', priority: 'low', name: 'headgateCountCalls', override: true },
  );
}
