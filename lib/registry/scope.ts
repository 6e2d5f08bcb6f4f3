/** What a token must allow in one repository. Source: distribution, "Token Scope Documentation". */
export interface Scope {
  readonly path: string;
  /** `pull`, `push`, `delete`; what a registry asks for may have others. */
  readonly actions: readonly string[];
}

/** `repository:acme/shop:pull,push`. */
export function formatScope({ path, actions }: Scope): string {
  return `repository:${path}:${actions.join(',')}`;
}

/** Reads the scopes of a challenge; what is not about a repository is left out. */
export function parseScopes(text: string): readonly Scope[] {
  return text.split(' ').flatMap((part) => {
    const [, path, actions] = /^repository:([^ ]{1,255}):([a-z*,]{1,64})$/.exec(part) ?? [];
    return path === undefined || actions === undefined ? [] : [{ path, actions: actions.split(',') }];
  });
}

/** The first scopes, with the actions that others name for the same repositories. */
export function mergeScopes(scopes: readonly Scope[], others: readonly Scope[]): readonly Scope[] {
  return scopes.map(({ path, actions }) => ({
    path,
    actions: [...new Set([...actions, ...others.filter((other) => other.path === path).flatMap((o) => o.actions)])],
  }));
}

/** Whether what was given allows all that is needed. */
export function covers(given: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every(({ path, actions }) =>
    actions.every((action) => given.some((scope) => scope.path === path && scope.actions.includes(action))),
  );
}
