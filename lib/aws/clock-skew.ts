/** One answer of AWS, with the time by its clock and by ours. */
export interface TimedAnswer {
  /** The header `Date` of the answer (RFC 9110, section 6.6.1), to the second. */
  readonly serverDate: string;
  readonly asked: Date;
  readonly answered: Date;
}

/** A signature is refused when the clocks are further apart. Source: "Signature Version 4", "date in the request". */
export const MAX_SKEW_SECONDS = 300;

/**
 * How far this machine's clock is ahead of AWS's, in whole seconds; negative when it is behind. The header has no
 * fractions and the answer took its time, so the result is off by a second at most, and by half of the time it took.
 *
 * @returns undefined when the header holds no date
 */
export function clockSkewSeconds({ serverDate, asked, answered }: TimedAnswer): number | undefined {
  const server = Date.parse(serverDate);
  if (Number.isNaN(server)) return undefined;
  const middle = (asked.getTime() + answered.getTime()) / 2;
  const HALF_A_SECOND = 500;
  // Adding zero turns -0 into 0.
  return Math.round((middle - server - HALF_A_SECOND) / 1000) + 0;
}

interface WithMiddleware {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: each SDK client types its stack with its own inputs; this reads only the answer's headers.
    add(middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>, options: object): void;
  };
}

/** Tells `seen` of every answer that has a date, also of one that refuses the call. */
export function observeServerTime(client: WithMiddleware, now: () => Date, seen: (answer: TimedAnswer) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const asked = now();
      const result = await next(args);
      const serverDate = (result as { response?: { headers?: Record<string, string> } }).response?.headers?.date;
      if (serverDate !== undefined) seen({ serverDate, asked, answered: now() });
      return result;
    },
    // The last before the connection: whoever comes earlier sees a refusal only as an error.
    { step: 'deserialize', priority: 'low', name: 'headgateServerTime' },
  );
}
