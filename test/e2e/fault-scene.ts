import { CloudFormation, type Stack, type StackEvent } from '@aws-sdk/client-cloudformation';
import type { Interceptor } from '../../local-aws/gateway.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { clientSettings } from './application.ts';
import type { Result } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// What the suites about faults share: one branch with small templates, the terminal door, and a look from outside.

export const BRANCH = 'topic';

/** Templates of the scene's branch. Three resources, one after the other, so that a paced stack has a middle. */
export const TEMPLATES = {
  'small.yaml': `Resources:
  First: { Type: AWS::SNS::Topic, Properties: { DisplayName: one } }
  Second: { Type: AWS::SNS::Topic, DependsOn: First, Properties: { DisplayName: one } }
  Third: { Type: AWS::SNS::Topic, DependsOn: Second, Properties: { DisplayName: one } }
`,
  'changed.yaml': `Resources:
  First: { Type: AWS::SNS::Topic, Properties: { DisplayName: two } }
  Second: { Type: AWS::SNS::Topic, DependsOn: First, Properties: { DisplayName: two } }
  Third: { Type: AWS::SNS::Topic, DependsOn: Second, Properties: { DisplayName: two } }
`,
} as const;

export interface Scene {
  readonly aws: LocalAws;
  readonly repository: ScratchRepository;
  /** The SDK's own client, for a look from outside. */
  readonly cloudFormation: CloudFormation;
  /** Resolves when the next call of this operation that a run of ours makes has its end, with or without an answer. */
  called(operation: string): Promise<void>;
  /** Holds the next call of this operation back that a run of ours makes, of one command when that is given. */
  hold(operation: string, command?: string): HeldCall;
  run(operation: string, inputs?: Readonly<Record<string, string>>): Promise<Result>;
  deploy(inputs?: Readonly<Record<string, string>>): Promise<Result>;
  destroy(inputs?: Readonly<Record<string, string>>): Promise<Result>;
  /** Operations of the calls that runs of ours made since the call of this number. */
  operations(since?: number): readonly string[];
  /** The number of the newest call, for `operations`. */
  lastCall(): number;
  /** The stack of this name or id; undefined when there is none, or when it was deleted. */
  stack(name: string): Promise<Stack | undefined>;
  /** Events of a stack, oldest first; its id finds also a stack that was deleted. */
  events(name: string): Promise<readonly StackEvent[]>;
  stop(): Promise<void>;
}

/** A call that is not carried out before it is let go. */
export interface HeldCall {
  /** Resolves when it was made. */
  readonly made: Promise<void>;
  letGo(): void;
}

const OURS = 'headgate/';

export async function openScene(): Promise<Scene> {
  const watchers = new Map<string, (() => void)[]>();
  const holds: { operation: string; whose: string; made: () => void; gone: Promise<void> }[] = [];
  const hold: Interceptor = async ({ operation, userAgent }) => {
    const at = holds.findIndex((each) => each.operation === operation && userAgent.includes(each.whose));
    if (at >= 0) {
      const [held] = holds.splice(at, 1);
      held?.made();
      await held?.gone;
    }
    return false;
  };
  const watch: Interceptor = async ({ operation, userAgent }, _request, response) => {
    if (userAgent.includes(OURS)) {
      response.once('close', () => {
        for (const resolve of watchers.get(operation)?.splice(0) ?? []) resolve();
      });
    }
    return false;
  };
  const aws = await startLocalAws({ interceptors: [watch, hold] });
  const repository = await createScratchRepository();
  await repository.startBranch(BRANCH);
  await repository.commit(TEMPLATES, 'Small templates');
  const door = await openTerminal(repository, aws);
  const cloudFormation = new CloudFormation(clientSettings(aws));
  const run = (operation: string, inputs: Readonly<Record<string, string>> = {}) =>
    door.run({ operation, inputs, happening: { kind: 'manual', branch: BRANCH } });

  return {
    aws,
    repository,
    cloudFormation,
    called: (operation) =>
      new Promise((resolve) => watchers.set(operation, [...(watchers.get(operation) ?? []), resolve])),
    hold: (operation, command = '') => {
      const made = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      // In the user agent the words of a command have dots between them.
      const whose = command === '' ? OURS : command.replaceAll(' ', '.');
      holds.push({ operation, whose, made: made.resolve, gone: gone.promise });
      return { made: made.promise, letGo: gone.resolve };
    },
    run,
    deploy: (inputs) => run('branch-stack deploy', { template: 'small.yaml', ...inputs }),
    destroy: (inputs) => run('branch-stack destroy', inputs),
    operations: (since = 0) =>
      aws
        .calls(since)
        .filter(({ userAgent }) => userAgent.includes(OURS))
        .map(({ operation }) => operation),
    lastCall: () => aws.calls().at(-1)?.n ?? 0,
    stack: async (name) => {
      try {
        const { Stacks: [found] = [] } = await cloudFormation.describeStacks({ StackName: name });
        return found?.StackStatus === 'DELETE_COMPLETE' ? undefined : found;
      } catch (error) {
        if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
        throw error;
      }
    },
    events: async (name) => {
      const found: StackEvent[] = [];
      let token: string | undefined;
      do {
        const page = await cloudFormation.describeStackEvents({ StackName: name, NextToken: token });
        found.push(...(page.StackEvents ?? []));
        token = page.NextToken;
      } while (token !== undefined);
      return found.reverse();
    },
    stop: async () => {
      cloudFormation.destroy();
      await aws.stop();
      await repository.remove();
    },
  };
}

/** What a run says it did; the log when it failed, so that a failed expectation shows it. */
export function endOf({ exitCode, outputs, log }: Result): string {
  return exitCode === 0 ? (outputs.status ?? '') : `exit code ${exitCode}: ${log}`;
}

/** How often a stack itself began an operation of this kind. */
export function begun(events: readonly StackEvent[], status: string): number {
  return events.filter(
    ({ ResourceStatus, PhysicalResourceId, StackId }) => ResourceStatus === status && PhysicalResourceId === StackId,
  ).length;
}
