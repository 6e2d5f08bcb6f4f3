import path from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { HASH_COMMENT, lineAt } from './block.ts';
import { type Conflict, endpointOf, type LoginFile, type RegionLogin } from './login-file.ts';

/**
 * cargo's registry, in `config.toml`, and its token, in `credentials.toml`. cargo sends a token as it stands, and
 * CodeArtifact wants `Bearer` before it. A registry with a login needs a provider; `cargo:token` reads the file. It is
 * set for this registry alone. cargo has no second address for a registry. Where a file with the same name and no ending
 * is there, cargo reads that one. Sources: CodeArtifact User Guide, "Configure and use Cargo with CodeArtifact"; Cargo book,
 * "Registry Authentication" and "Configuration".
 */
export function cargoFiles(place: { readonly folder: string; readonly root: string }, registry: string): LoginFile[] {
  const file = (name: string, lines: (login: RegionLogin) => readonly string[]): LoginFile => ({
    tool: 'cargo',
    file: path.join(place.folder, name),
    shadow: path.join(place.folder, path.basename(name, '.toml')),
    root: place.root,
    comment: HASH_COMMENT,
    conflicts: (text) => conflictsIn(text, registry),
    content: (text, logins) => ({
      offset: text.length,
      body: [`[registries.${registry}]`, ...lines(logins[0])].map((line) => `${line}\n`).join(''),
    }),
  });
  return [
    file('credentials.toml', ({ token }) => [`token = "Bearer ${token}"`]),
    file('config.toml', (login) => [
      `index = "sparse+${endpointOf(login, 'cargo').href}"`,
      'credential-provider = "cargo:token"',
    ]),
  ];
}

function conflictsIn(text: string, registry: string): readonly Conflict[] {
  const document = read(text);
  if ('line' in document) return [{ line: document.line, what: 'is not TOML there' }];
  const { registries } = document.table;
  if (registries === undefined) return [];
  const at = new RegExp(`^[^#\\n]*\\bregistries\\b[^#\\n]*\\b${registry}\\b`, 'm').exec(text);
  const line = at === null ? undefined : lineAt(text, at.index);
  if (typeof registries === 'object' && Object.hasOwn(registries, registry)) {
    return [{ line, what: `has a registry '${registry}'` }];
  }
  // `registries = { … }` takes no further table.
  return 'line' in read(`${text}\n[registries.${registry}]\n`)
    ? [{ line: undefined, what: "has 'registries' in one line, which nothing can be added to" }]
    : [];
}

/** The document; only the line of an error, because its message shows the text, which holds tokens. */
function read(text: string): { readonly table: TomlTable } | { readonly line: number } {
  try {
    return { table: parse(text) };
  } catch (error) {
    return { line: typeof error === 'object' && error !== null && 'line' in error ? Number(error.line) : 1 };
  }
}
