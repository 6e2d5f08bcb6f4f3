import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Glue } from '@aws-sdk/client-glue';
import { S3 } from '@aws-sdk/client-s3';
import publish from '../../../../actions/glue-transform/publish.ts';
import retire from '../../../../actions/glue-transform/retire.ts';
import type { ExitCode } from '../../../../lib/errors.ts';
import type { Json } from '../../../../lib/hosts/host.ts';
import type { Clock, Operation } from '../../../../lib/operation/define.ts';
import { runOperation } from '../../../../lib/operation/run.ts';
import type { Call } from '../../../../local-aws/calls.ts';
import type { FaultRule } from '../../../../local-aws/fault-rules.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';

export const ACCOUNT = '111122223333';
export const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'] as const;
export const [HOME, OTHER, LAST] = REGIONS;
export const NAME = 'repartition_date';
/** Marks the clients that look from outside, so that no test meets its own looks. */
const OUTSIDE = 'outside-look';

export const bucketIn = (region: string, account = ACCOUNT): string => `aws-glue-assets-${account}-${region}`;

/** What one run of an operation left. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
  readonly result: { readonly [key: string]: Json };
}

/** What happens to a call: it goes on, its connection ends before it is carried out, or it is refused with a status. */
export type Fate = 'pass' | 'reset' | number;

/** A transform as a bucket shows it: the marks of the definition and of the Python file. */
export interface Shown {
  readonly definition: string;
  readonly python: string;
}

export interface RunOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly workspace?: string;
  readonly repository?: string;
}

export interface Workplace {
  readonly aws: LocalAws;
  /** The workspace of all runs. */
  readonly root: string;
  s3(region?: string, account?: string): S3;
  glue(region?: string): Glue;
  /** Decides about each call from now on, before it is carried out; it may wait. */
  decide: (call: Readonly<Call>) => Fate | Promise<Fate>;
  reset(): Promise<void>;
  /** Writes a transform with these marks into the folder `transforms` of the workspace. */
  write(marks: Shown, name?: string, workspace?: string): void;
  publish(inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Ran>;
  retire(inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Ran>;
  /** The marks of both files; a definition that Glue Studio would not load is `closed`, what is not there `absent`. */
  shown(region?: string, name?: string): Promise<Shown>;
  setFaults(...rules: readonly FaultRule[]): void;
  /** Calls of the operations, without those that look from outside. */
  calls(since?: number): readonly Call[];
  lastCall(): number;
  stop(): Promise<void>;
}

export function isWrite({ operation }: Pick<Call, 'operation'>): boolean {
  return !/^(Head|Get|List|AssumeRole)/.test(operation);
}

export async function openWorkplace(): Promise<Workplace> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'headgate-transforms-'));
  const folders = [root];
  const clients: { destroy(): void }[] = [];
  const intercept = async (call: Readonly<Call>, request: IncomingMessage, response: ServerResponse) => {
    if (call.userAgent.includes(OUTSIDE)) return false;
    const fate = await workplace.decide(call);
    if (fate === 'pass') return false;
    if (fate === 'reset') response.socket?.resetAndDestroy();
    else {
      request.resume();
      const code = fate === 403 ? 'AccessDenied' : 'InternalError';
      const isXml = call.service === 's3';
      response.writeHead(fate, {
        'content-type': isXml ? 'application/xml' : 'application/x-amz-json-1.1',
        ...(isXml ? {} : { 'x-amzn-errortype': `${code}Exception` }),
      });
      const message = 'refused by the test';
      const body = isXml
        ? `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
        : JSON.stringify({ message });
      response.end(request.method === 'HEAD' ? '' : body);
    }
    return true;
  };
  const aws = await startLocalAws({ interceptors: [intercept] });
  const before = { ...process.env };
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: HOME });
  const known = new Map<string, S3 | Glue>();
  const optionsIn = (region: string, account: string) => ({
    endpoint: aws.endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'local' },
    maxAttempts: 1,
    customUserAgent: OUTSIDE,
  });
  const client = <Client extends S3 | Glue>(key: string, make: () => Client): Client => {
    const found = known.get(key) as Client | undefined;
    if (found !== undefined) return found;
    const made = make();
    known.set(key, made);
    clients.push(made);
    return made;
  };
  const run = async (
    operation: Operation,
    inputs: Readonly<Record<string, string>>,
    {
      clock = quickClock,
      signal = new AbortController().signal,
      workspace = root,
      repository = 'octo-org/shop',
    }: RunOptions,
  ): Promise<Ran> => {
    const kept = memoryHost({
      surroundings: { serverHost: 'github.com', repositoryPath: repository, event: { kind: 'manual' } },
    });
    const host = { ...kept, workspace };
    try {
      const exitCode = await runOperation({
        operation,
        host,
        raw: (name) => inputs[name],
        version: '1.2.3',
        clock,
        randomHex: () => crypto.randomUUID().replaceAll('-', ''),
        signal,
      });
      return {
        exitCode,
        outputs: kept.outputs,
        message: kept.annotations.map(({ message }) => message).join('\n'),
        report: kept.summaries.join('\n'),
        lines: kept.lines,
        result: exitCode === 2 ? {} : resultOf(workspace, operation.name),
      };
    } finally {
      kept.remove();
    }
  };

  const workplace: Workplace = {
    aws,
    root,
    s3: (region = HOME, account = ACCOUNT) =>
      client(`s3 ${account} ${region}`, () => new S3({ ...optionsIn(region, account), forcePathStyle: true })),
    glue: (region = HOME) => client(`glue ${region}`, () => new Glue(optionsIn(region, ACCOUNT))),
    decide: () => 'pass',
    reset: async () => {
      workplace.decide = () => 'pass';
      await aws.reset();
    },
    write: (marks, name = NAME, workspace = root) => {
      const folder = path.join(workspace, 'transforms');
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, `${name}.json`), definitionText(marks.definition, name));
      writeFileSync(path.join(folder, `${name}.py`), pythonText(marks.python, name));
    },
    publish: (inputs = {}, options = {}) => run(publish, { regions: HOME, ...inputs }, options),
    retire: (inputs = {}, options = {}) => run(retire, { regions: HOME, names: NAME, ...inputs }, options),
    shown: async (region = HOME, name = NAME) => {
      const read = (end: string) => textOf(workplace.s3(region), bucketIn(region), `transforms/${name}.${end}`);
      let definition = await read('json');
      let python: string | undefined;
      // Both at one instant: the definition is the same before and after the look at the Python file.
      for (let before: string | undefined = ''; before !== definition; ) {
        before = definition;
        python = await read('py');
        definition = await read('json');
      }
      return {
        definition:
          markOf(definition, /"displayName": "Marked (\w+) /) ?? (definition === undefined ? 'absent' : 'closed'),
        python: markOf(python, /# mark (\w+)/) ?? (python === undefined ? 'absent' : 'unknown'),
      };
    },
    setFaults: (...rules) => aws.setFaults({ rules }),
    calls: (since) => aws.calls(since).filter(({ userAgent }) => !userAgent.includes(OUTSIDE)),
    lastCall: () => aws.calls().at(-1)?.n ?? 0,
    stop: async () => {
      process.env = before;
      for (const each of clients) each.destroy();
      await aws.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
  return workplace;
}

/** A definition that `check` has nothing against; the mark is in its displayed name. */
export function definitionText(
  mark: string,
  name: string = NAME,
  parameters: readonly object[] = [DATE_COLUMN],
): string {
  const definition = {
    name,
    displayName: `Marked ${mark} (${name})`,
    description: 'Splits a date into columns.',
    functionName: name,
    parameters,
  };
  return `${JSON.stringify(definition, null, 2)}\n`;
}

export const DATE_COLUMN = {
  name: 'dateCol',
  displayName: 'Date column',
  type: 'str',
  description: 'Column with the date',
};

export function pythonText(mark: string, name: string = NAME, parameters = 'dateCol'): string {
  return `# mark ${mark}
from awsglue import DynamicFrame


def ${name}(self, ${parameters}):
    return self


DynamicFrame.${name} = ${name}
`;
}

/** Both files with one mark. */
export const both = (mark: string): Shown => ({ definition: mark, python: mark });

export async function textOf(s3: S3, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof Error && /^NoSuch(Key|Bucket)$/.test(error.name)) return undefined;
    throw error;
  }
}

function markOf(content: string | undefined, pattern: RegExp): string | undefined {
  return content === undefined ? undefined : pattern.exec(content)?.[1];
}

function resultOf(workspace: string, operation: string): { readonly [key: string]: Json } {
  const file = path.join(workspace, '.headgate', 'results', `${operation.replaceAll(' ', '-')}.json`);
  const { result, data } = JSON.parse(readFileSync(file, 'utf8'));
  return data?.result ?? data ?? result ?? {};
}
