import { isObject } from './body.ts';
import { invalid } from './error.ts';
import { FORMATS, type Format, type PackageId } from './model.ts';

/** Patterns and lengths. Source: CodeArtifact API reference, "URI Request Parameters". */
const LONGEST_DESCRIPTION = 1000;
const RULES: Readonly<Record<string, RegExp>> = {
  domain: /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/,
  'domain-owner': /^\d{12}$/,
  repository: /^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/,
  'source-repository': /^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/,
  'destination-repository': /^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/,
  namespace: /^[^#/\s]{1,255}$/,
  package: /^[^#/\s]{1,255}$/,
  version: /^[^#/\s]{1,255}$/,
  asset: /^\P{C}{1,255}$/u,
  'package-group': /^[^\p{C}\s]{2,520}$/u,
  'policy-revision': /^\S{1,100}$/,
  'external-connection': /^[A-Za-z0-9][A-Za-z0-9._:-]{1,99}$/,
  resourceArn: /^\S{1,1011}$/,
};

/** The parameters of one call. */
export class Parameters {
  readonly #query: URLSearchParams;
  readonly #body: Readonly<Record<string, unknown>>;

  constructor(query: URLSearchParams, body: Readonly<Record<string, unknown>> = {}) {
    this.#query = query;
    this.#body = body;
  }

  /** @throws CodeArtifactError ValidationException when it is missing or malformed */
  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw invalid(`The parameter '${name}' is missing.`);
    return value;
  }

  /** From the query or, as a few operations have it, from the body. */
  optional(name: string): string | undefined {
    const value = this.#query.get(name) ?? this.text(camelCase(name));
    if (value === undefined) return undefined;
    const rule = RULES[name];
    if (rule && !rule.test(value)) throw invalid(`The value of '${name}' does not match ${rule.source}.`);
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return oneOf(name, this.#query.get(name) ?? undefined, allowed);
  }

  format(): Format {
    const value = this.oneOf('format', FORMATS);
    if (value === undefined) throw invalid("The parameter 'format' is missing.");
    return value;
  }

  /** The package that the call is about. Maven's must have a namespace, Python's and Cargo's have none. */
  package(): PackageId {
    const format = this.format();
    const name = this.required('package');
    const namespace = this.optional('namespace');
    if (format === 'maven' && namespace === undefined) throw invalid("Maven packages need the parameter 'namespace'.");
    if (namespace !== undefined && (format === 'pypi' || format === 'cargo')) {
      throw invalid(`Packages of the format ${format} have no namespace.`);
    }
    return { format, name, ...(namespace !== undefined && { namespace }) };
  }

  integer(name: string, least: number, most: number, otherwise: number): number {
    const sent = this.#query.get(name) ?? this.#body[camelCase(name)];
    if (sent === undefined) return otherwise;
    const value = Number(sent);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw invalid(`The value of '${name}' must be a whole number from ${least} to ${most}.`);
    }
    return value;
  }

  /** The token of a page, from the query or, where the call has no query, from the body. */
  nextToken(): string | undefined {
    const sent = this.#query.get('next-token') ?? this.#body.nextToken;
    return typeof sent === 'string' ? sent : undefined;
  }

  text(member: string): string | undefined {
    const value = this.#body[member];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw invalid(`The member '${member}' must be a text.`);
    return value;
  }

  /** A member that describes something. */
  description(member: string): string | undefined {
    const value = this.text(member);
    if (value === undefined) return undefined;
    if (value.length > LONGEST_DESCRIPTION || !/^\P{C}*$/u.test(value)) {
      throw invalid(`The member '${member}' must have at most ${LONGEST_DESCRIPTION} characters, and no control ones.`);
    }
    return value;
  }

  oneOfBody<T extends string>(member: string, allowed: readonly T[]): T | undefined {
    return oneOf(member, this.text(member), allowed);
  }

  flag(member: string): boolean {
    return this.#body[member] === true;
  }

  texts(member: string): string[] | undefined {
    const value = this.#body[member];
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw invalid(`The member '${member}' must be a list of texts.`);
    }
    return value;
  }

  map(member: string): Record<string, string> | undefined {
    const value = this.object(member);
    if (value === undefined) return undefined;
    const texts = Object.entries(value).map(([key, entry]) => {
      if (typeof entry !== 'string') throw invalid(`The values of '${member}' must be texts.`);
      return [key, entry] as const;
    });
    return Object.fromEntries(texts);
  }

  object(member: string): Record<string, unknown> | undefined {
    const value = this.#body[member];
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw invalid(`The member '${member}' must be an object.`);
    return value;
  }

  objects(member: string): Record<string, unknown>[] | undefined {
    const value = this.#body[member];
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value) || !value.every(isObject)) throw invalid(`The member '${member}' must be a list.`);
    return value;
  }
}

function oneOf<T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw invalid(`The value of '${name}' must be one of ${allowed.join(', ')}.`);
  return found;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
