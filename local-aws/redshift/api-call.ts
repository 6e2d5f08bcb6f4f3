import type { Members } from './members.ts';

/** One call of either API. */
export interface ApiCall {
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly members: Members;
}

/** An answer: a value, or JSON that is written already. */
export type Answer = Readonly<Record<string, unknown>> | string;

/** Further IAM actions that a call needs with its members. */
export type Needs = (...actions: string[]) => void;

export type Handler = (call: ApiCall, needs: Needs) => Answer | Promise<Answer>;

/** What resources belong to: an account in a Region. */
export function ownerOf({ account, region }: Pick<ApiCall, 'account' | 'region'>): string {
  return `${account}/${region}`;
}

/** Times in JSON are seconds since 1970. Source: Smithy, "AWS JSON 1.1 protocol". */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
