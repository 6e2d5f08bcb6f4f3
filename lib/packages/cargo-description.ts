import type { TomlTable, TomlValue } from 'smol-toml';
import type { Json } from '../hosts/host.ts';
import { quote } from '../operation/inputs.ts';
import { PackageFileError } from './package-file.ts';

export type CargoManifest = TomlTable;
type Description = Readonly<Record<string, Json>>;

/**
 * How cargo names the registry that a dependency is from when Cargo.toml names none. Source: Cargo book, "Registry Index":
 * there null means the registry itself, while in Cargo.toml nothing means crates.io.
 */
export const CRATES_IO_INDEX = 'https://github.com/rust-lang/crates.io-index';

const KINDS = [
  ['dependencies', 'normal'],
  ['dev-dependencies', 'dev'],
  ['build-dependencies', 'build'],
] as const;

/**
 * What `cargo publish` sends before a crate, from the Cargo.toml in it. `deps[].registry` is always an index: pass the
 * description through `forRegistry` before it is sent. Source: Cargo book, "Registry Web API", Publish.
 *
 * @throws PackageFileError for members of another type than Cargo writes
 */
export function cargoDescription(manifest: CargoManifest, readme: string | undefined): Description {
  const about = packageTable(manifest);
  const whole = new Table(manifest, 'Cargo.toml');
  return {
    name: about.text('name') ?? '',
    vers: about.text('version') ?? '',
    deps: [...dependenciesOf(whole, null), ...targetDependencies(whole)],
    features: stringLists(whole.table('features')),
    authors: about.texts('authors'),
    description: about.text('description') ?? null,
    documentation: about.text('documentation') ?? null,
    homepage: about.text('homepage') ?? null,
    readme: readme ?? null,
    readme_file: about.text('readme', ['boolean']) ?? null,
    keywords: about.texts('keywords'),
    categories: about.texts('categories'),
    license: about.text('license') ?? null,
    license_file: about.text('license-file') ?? null,
    repository: about.text('repository') ?? null,
    badges: badgesOf(whole.table('badges')),
    links: about.text('links') ?? null,
    rust_version: about.text('rust-version') ?? null,
  };
}

/** The description for one registry: a dependency from this registry has none. */
export function forRegistry(description: Description, isOwn: (index: string) => boolean): Description {
  const deps = (description.deps as readonly Description[]).map((dependency) => {
    const { registry } = dependency;
    return typeof registry === 'string' && isOwn(registry) ? { ...dependency, registry: null } : dependency;
  });
  return { ...description, deps };
}

/** The table `[package]`, which once was called `[project]`. */
export function packageTable(manifest: CargoManifest): Table {
  const whole = new Table(manifest, 'Cargo.toml');
  return whole.table('package') ?? whole.table('project') ?? new Table({}, '[package]');
}

function targetDependencies(manifest: Table): Description[] {
  const targets = manifest.table('target');
  return (targets?.keys() ?? []).flatMap((target) => {
    const table = targets?.table(target);
    return table === undefined ? [] : dependenciesOf(table, target);
  });
}

function dependenciesOf(table: Table, target: string | null): Description[] {
  return KINDS.flatMap(([key, kind]) => {
    // Both spellings are read by Cargo; the one with an underscore is deprecated.
    const listed = table.table(key) ?? table.table(key.replace('-', '_'));
    return (listed?.keys() ?? []).flatMap((name) => {
      const dependency = listed?.value(name);
      if (dependency === undefined) return [];
      const spec = new Table(typeof dependency === 'string' ? { version: dependency } : dependency, `[${key}] ${name}`);
      return describeDependency(name, spec, { kind, target });
    });
  });
}

function describeDependency(
  name: string,
  spec: Table,
  { kind, target }: { kind: string; target: string | null },
): Description[] {
  const version = spec.text('version');
  if (version === undefined) {
    // Cargo leaves these out: such a crate is only of use beside its own sources.
    if (kind === 'dev') return [];
    throw new PackageFileError(
      `the dependency ${quote(name)} in Cargo.toml has no version; add it, and run cargo package again`,
    );
  }
  const original = spec.text('package');
  return [
    {
      name: original ?? name,
      version_req: requirementOf(version),
      features: spec.texts('features'),
      optional: spec.flag('optional') ?? false,
      default_features: spec.flag('default-features') ?? spec.flag('default_features') ?? true,
      target,
      kind,
      registry: spec.text('registry-index') ?? CRATES_IO_INDEX,
      explicit_name_in_toml: original === undefined ? null : name,
    },
  ];
}

/** `1.2, <1.4` as Cargo writes it, `^1.2, <1.4`. Source: Cargo book, "Specifying dependencies", default requirements. */
function requirementOf(text: string): string {
  return text
    .split(',')
    .map((part) => {
      const [, operator = '', version = ''] = /^\s*(=|>=|<=|>|<|~|\^)?\s*(.*?)\s*$/s.exec(part) ?? [];
      const plain = version.replace(/(^|\.)[xX](?=\.|$)/g, '$1*');
      return `${operator || (plain.includes('*') ? '' : '^')}${plain}`;
    })
    .join(', ');
}

function stringLists(table: Table | undefined): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries((table?.keys() ?? []).map((key) => [key, table?.texts(key) ?? []]));
}

function badgesOf(badges: Table | undefined): Readonly<Record<string, Json>> {
  const kept = (badges?.keys() ?? []).map((badge): [string, Json] => {
    const table = badges?.table(badge);
    return [badge, Object.fromEntries((table?.keys() ?? []).map((key) => [key, String(table?.value(key))]))];
  });
  return Object.fromEntries(kept);
}

/** A table of TOML whose members are asked for by type. */
class Table {
  readonly #members: TomlTable;
  readonly #name: string;

  constructor(members: TomlValue, name: string) {
    this.#name = name;
    if (!isTable(members)) throw this.#wrong(name, 'a table');
    this.#members = members;
  }

  keys(): string[] {
    return Object.keys(this.#members);
  }

  value(key: string): TomlValue | undefined {
    return Object.hasOwn(this.#members, key) ? this.#members[key] : undefined;
  }

  table(key: string): Table | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : new Table(value, key);
  }

  /** `others`: types that mean as much as nothing. */
  text(key: string, others: readonly string[] = []): string | undefined {
    const value = this.value(key);
    if (value === undefined || others.includes(typeof value)) return undefined;
    if (typeof value !== 'string') throw this.#wrong(key, 'text');
    return value;
  }

  texts(key: string): readonly string[] {
    const value = this.value(key) ?? [];
    if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
      throw this.#wrong(key, 'a list of texts');
    }
    return value;
  }

  flag(key: string): boolean | undefined {
    const value = this.value(key);
    if (value !== undefined && typeof value !== 'boolean') throw this.#wrong(key, 'true or false');
    return value;
  }

  #wrong(key: string, wanted: string): PackageFileError {
    const at = key === this.#name ? key : `${this.#name} ${key}`;
    return new PackageFileError(`${quote(at)} in Cargo.toml must be ${wanted}; run cargo package again`);
  }
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
