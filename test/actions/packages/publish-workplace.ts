import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from '@jest/globals';
import publish from '../../../actions/packages/publish.ts';
import type { Call } from '../../../local-aws/calls.ts';
import type { FaultRule } from '../../../local-aws/fault-rules.ts';
import type { Sample } from './publish-samples.ts';
import { openWorkplace, type Ran, REGIONS, type RunOptions, type Workplace } from './workplace.ts';

/** What happens to a call: it goes on, its connection ends before it is carried out, or it is refused with a status. */
export type Fate = 'pass' | 'reset' | number;

/** A workplace in which `packages publish` runs, and each call can be met on its way. */
export interface PublishWorkplace extends Workplace {
  /** Decides about each call from now on, before it is carried out; it may wait. */
  decide: (call: Readonly<Call>) => Fate | Promise<Fate>;
  /** Runs `packages publish`, and checks that no token is in anything that it left. */
  publish(inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Ran>;
  /** Sets the faults of the local AWS, in place of those so far. */
  setFaults(...rules: readonly FaultRule[]): void;
  /** Calls that may change something. */
  writes(since?: number): readonly Call[];
  /** Checks that these Regions have exactly these versions, published and with the content of the samples. */
  expectHeld(samples: readonly Sample[], regions?: readonly string[]): Promise<void>;
}

const READS = /^(Describe|List|Get)|^ReadFromRepository$/;

export function isWrite({ operation }: Pick<Call, 'operation'>): boolean {
  return !READS.test(operation);
}

export async function openPublishWorkplace(): Promise<PublishWorkplace> {
  const tokens = new Set<string>();
  const intercept = async (call: Readonly<Call>, request: IncomingMessage, response: ServerResponse) => {
    keepToken(request.headers.authorization, tokens);
    const fate = await workplace.decide(call);
    if (fate === 'pass') return false;
    if (fate === 'reset') response.socket?.resetAndDestroy();
    else {
      request.resume();
      const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' };
      response.writeHead(fate, headers).end('{"message":"refused by the test"}');
    }
    return true;
  };
  const basis = await openWorkplace({ interceptors: [intercept] });
  const workplace: PublishWorkplace = {
    ...basis,
    decide: () => 'pass',
    reset: async () => {
      workplace.decide = () => 'pass';
      await basis.reset();
    },
    publish: async (inputs = {}, options = {}) => {
      const ran = await basis.run(publish, inputs, { workspace: basis.root, ...options });
      const everything = JSON.stringify(ran);
      for (const token of tokens) expect(everything.includes(token)).toBe(false);
      return ran;
    },
    setFaults: (...rules) => basis.aws.setFaults({ rules }),
    writes: (since) => basis.calls(since).filter(isWrite),
    expectHeld: async (samples, regions = REGIONS) => {
      const versions = samples.map(({ key, assets }) => [key, { status: 'Published', assets }] as const);
      for (const region of regions) {
        expect({ region, held: await basis.held(region) }).toEqual({ region, held: Object.fromEntries(versions) });
      }
    },
  };
  return workplace;
}

/** The token of a request of a package manager; what signs calls of the API is none. */
function keepToken(authorization: string | undefined, tokens: Set<string>): void {
  const [, login] = /^Basic (\S+)$/.exec(authorization ?? '') ?? [];
  if (login === undefined) return;
  tokens.add(login);
  tokens.add(Buffer.from(login, 'base64').toString('utf8').slice('aws:'.length));
}

/** The cells of the report's table, by `asset` and Region. */
export function cellsOf({ report }: Pick<Ran, 'report'>): Record<string, Record<string, string>> {
  const rows = report
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\', '')),
    );
  const [head = [], , ...body] = rows;
  const regions = head.slice(4);
  return Object.fromEntries(
    body.map((row) => [row[2] ?? '', Object.fromEntries(regions.map((region, n) => [region, row[4 + n] ?? '']))]),
  );
}
