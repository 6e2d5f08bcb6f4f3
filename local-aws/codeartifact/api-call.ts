import type { IncomingMessage } from 'node:http';
import type { AssetFiles } from './assets.ts';
import { groupNotFound } from './error.ts';
import type { Domain, Package, PackageGroup, Repository } from './model.ts';
import type { Parameters } from './parameters.ts';
import type { Reply } from './reply.ts';
import { packageOf, repositoryOf, type Store } from './store.ts';
import type { Tokens } from './tokens.ts';

/** What is kept of the domains, and where. */
export interface Held {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly files: AssetFiles;
}

/** One call of the API. */
export interface ApiCall extends Held {
  /** Of the caller. */
  readonly account: string;
  readonly region: string;
  /** The address of the gateway. */
  readonly endpoint: string;
  readonly parameters: Parameters;
  /** With its body unread where the operation takes a stream. */
  readonly request: IncomingMessage;
  /** True for a call that CloudFormation makes for the caller. */
  readonly byService: boolean;
}

export type Handler = (call: ApiCall) => Reply | Promise<Reply>;

/** The owner of the domain: the caller, unless the call names another account. No policy is evaluated. */
export function ownerOf({ parameters, account }: ApiCall): string {
  return parameters.optional('domain-owner') ?? account;
}

export function askedDomain(call: ApiCall): Domain {
  return call.store.domain(ownerOf(call), call.region, call.parameters.required('domain'));
}

export function askedRepository(call: ApiCall, parameter = 'repository'): Repository {
  return repositoryOf(askedDomain(call), call.parameters.required(parameter));
}

export function askedGroup(call: ApiCall): PackageGroup {
  const pattern = call.parameters.required('package-group');
  const found = askedDomain(call).groups.get(pattern);
  if (!found) throw groupNotFound(pattern);
  return found;
}

export function askedPackage(call: ApiCall): Package {
  return packageOf(askedRepository(call), call.parameters.package());
}

/** Times are seconds since 1970 (Smithy, restJson1). */
export function seconds(time: Date | number): number {
  return Number(time) / 1000;
}
