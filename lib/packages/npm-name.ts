import { builtinModules } from 'node:module';

/** Source: npm, "package.json", name. */
const LONGEST = 214;
const RESERVED = ['node_modules', 'favicon.ico'];

/** What is wrong with the name of a new npm package, as a phrase; undefined when nothing is. */
export function npmNameProblem(name: string): string | undefined {
  const [, scope, bare = name] = /^@([^/]*)\/(.*)$/s.exec(name) ?? [];
  const parts = scope === undefined ? [bare] : [scope, bare];
  if (name.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (parts.includes('')) return 'is empty';
  if (parts.some((part) => /^[._-]/.test(part))) return "begins with '.', '_' or '-'";
  if (name !== name.toLowerCase()) return 'has capital letters';
  if (!parts.every((part) => /^[a-z0-9._-]+$/.test(part)))
    return "has other characters than letters, digits, '.', '_' and '-'";
  if (scope === undefined && RESERVED.includes(name)) return 'is reserved';
  if (scope === undefined && builtinModules.includes(name)) return 'is that of a module of Node.js';
  return undefined;
}
