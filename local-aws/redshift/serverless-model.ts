import { randomUUID } from 'node:crypto';
import { type ApiCall, ownerOf } from './api-call.ts';
import { invalid, notFound } from './error.ts';
import type { Warehouse } from './warehouse.ts';

export type Tags = Map<string, string>;

export interface Namespace {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly dbName: string;
  readonly created: number;
  /** What is only kept and shown. */
  shown: Readonly<Record<string, unknown>>;
  readonly tags: Tags;
  /** Its databases, opened at the first statement. */
  warehouse: Promise<Warehouse> | undefined;
}

export type WorkgroupStatus = 'CREATING' | 'AVAILABLE' | 'MODIFYING' | 'DELETING';

export interface Workgroup {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly namespace: string;
  readonly created: number;
  status: WorkgroupStatus;
  /** How many times its status will be shown before it goes on to the next one. */
  looks: number;
  shown: Readonly<Record<string, unknown>>;
  readonly tags: Tags;
}

export interface UsageLimit {
  readonly id: string;
  readonly arn: string;
  readonly resourceArn: string;
  readonly usageType: string;
  readonly period: string;
  amount: number;
  breachAction: string;
}

/** What one account has in one Region. */
export interface Estate {
  readonly namespaces: Map<string, Namespace>;
  readonly workgroups: Map<string, Workgroup>;
  readonly limits: Map<string, UsageLimit>;
}

/** Everything of Redshift Serverless, in memory. */
export class ServerlessStore {
  readonly #estates = new Map<string, Estate>();

  estate(call: Pick<ApiCall, 'account' | 'region'>): Estate {
    const owner = ownerOf(call);
    const known = this.#estates.get(owner);
    if (known) return known;
    const made: Estate = { namespaces: new Map(), workgroups: new Map(), limits: new Map() };
    this.#estates.set(owner, made);
    return made;
  }

  clear(): void {
    this.#estates.clear();
  }
}

/** A name of a namespace or workgroup. Source: API reference, CreateNamespace and CreateWorkgroup. */
export const NAME = /^[a-z0-9-]{3,64}$/;

export function namespaceOf({ namespaces }: Estate, name: string): Namespace {
  const found = namespaces.get(name);
  if (!found) throw notFound(`The namespace ${name} does not exist.`, { resourceName: name });
  return found;
}

export function workgroupOf({ workgroups }: Estate, name: string): Workgroup {
  const found = workgroups.get(name);
  if (!found) throw notFound(`The workgroup ${name} does not exist.`, { resourceName: name });
  return found;
}

export function arnOf({ account, region }: ApiCall, service: string, resource: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

export function newId(): string {
  return randomUUID();
}

/** Tags that a call gives. Source: API reference, Tag. */
export function readTags({ members }: ApiCall): Tags {
  const tags = members.pairs('tags', 'key', 'value') ?? [];
  for (const [key, value] of tags) {
    if (key === '' || key.length > 128 || value.length > 256) {
      throw invalid('A tag has a key of 1 to 128 characters and a value of at most 256.');
    }
  }
  return new Map(tags);
}
