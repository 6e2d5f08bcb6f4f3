import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BadInput, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import {
  type Context,
  defineOperation,
  type Operation,
  type Outcome,
  type Plan,
} from '../../../lib/operation/define.ts';
import { input } from '../../../lib/operation/inputs.ts';
import { type RunRequest, runCleanup, runOperation } from '../../../lib/operation/run.ts';
import { type MemoryHost, memoryHost } from '../../support/memory-host.ts';
import { jumpingClock } from '../../support/test-clock.ts';

let host: MemoryHost;
beforeEach(() => {
  host = memoryHost();
});
afterEach(() => host.remove());

/** What runs `operation` with these inputs. */
function request(operation: Operation, inputs: Readonly<Record<string, string>> = {}, more: Partial<RunRequest> = {}) {
  return {
    operation,
    host,
    raw: (name: string) => inputs[name],
    version: '1.2.3',
    clock: jumpingClock(),
    randomHex: (bytes: number) => 'ab'.repeat(bytes),
    signal: new AbortController().signal,
    ...more,
  };
}

const run = (operation: Operation, inputs: Readonly<Record<string, string>> = {}, more: Partial<RunRequest> = {}) =>
  runOperation(request(operation, inputs, more));

const resultOf = (operation: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(host.workspace, '.headgate', 'results', `${operation}.json`), 'utf8'));

/** Everything that was left or shown anywhere. */
const everything = () =>
  JSON.stringify([host.lines, host.annotations, host.outputs, host.summaries, host.comments, [...host.state.values()]]);

const FRAME = { summary: 'A sample.', usesAws: false, permissions: [] } as const;
const OUTPUTS = { size: 'How much.', 'stack-name': 'Which.' } as const;

/** A query that does what it is told. */
function query(
  read: (context: Context) => Promise<Outcome<keyof typeof OUTPUTS>>,
  more: Partial<Operation> = {},
): Operation {
  return {
    ...defineOperation({ ...FRAME, name: 'sample query', kind: 'query', inputs: {}, outputs: OUTPUTS, read }),
    ...more,
  } as Operation;
}

const failing = (error: unknown, more: Partial<Operation> = {}) =>
  query(async () => {
    throw error;
  }, more);

/** A change of one number in memory, and what became of it. */
function change(facts: { size: number }, more: { noop?: boolean; fails?: boolean } = {}) {
  const calls: string[] = [];
  const operation = defineOperation({
    ...FRAME,
    name: 'sample change',
    kind: 'change',
    inputs: {
      by: input.integer({ description: 'How much more.', min: 0, max: 9, default: '1' }),
      token: input.secret({ description: 'A secret.' }),
    },
    outputs: OUTPUTS,
    plan: async (context, { mode, at }): Promise<Plan> => {
      calls.push(`plan ${mode} ${at.toISOString()}`);
      const from = facts.size;
      return {
        summary: `Grow by ${String(context.inputs.by)}.`,
        actions: [{ verb: 'update', what: 'number', name: 'size', detail: `from ${from}` }],
        notes: ['One note.'],
        details: { from, to: from + (context.inputs.by ?? 0), left: undefined } as unknown as Json,
        ...(more.noop === true ? { nothing: 'It is large enough.' } : {}),
      };
    },
    apply: async (_, plan) => {
      calls.push('apply');
      if (more.fails === true) throw new OperationFailed({ what: 'It did not grow' });
      facts.size = (plan.details as { to: number }).to;
      return 'applied';
    },
    confirm: async (_, plan, applied) => {
      calls.push(`confirm ${applied}`);
      return { summary: `It is ${facts.size}.`, outputs: { size: String(facts.size) }, report: `### ${plan.summary}` };
    },
    describe: (plan) => ({
      summary: `${plan.nothing ?? plan.summary} Nothing was changed.`,
      outputs: { size: 'planned' },
    }),
  });
  return { operation, calls, facts };
}

describe('a query', () => {
  test('publishes its outputs, report, result file and last line', async () => {
    const code = await run(
      query(async () => ({
        summary: 'All is well.',
        outputs: { size: '3' },
        report: '### Three',
        result: { sizes: [1, 2] },
      })),
    );
    expect(code).toBe(0);
    expect(host.outputs).toEqual({ size: '3', 'result-file': path.join('.headgate', 'results', 'sample-query.json') });
    expect(host.summaries).toEqual(['### Three']);
    expect(host.comments).toEqual([]);
    expect(host.lines).toEqual(['info: All is well.']);
    expect(resultOf('sample-query')).toEqual({
      operation: 'sample query',
      status: 'done',
      summary: 'All is well.',
      outputs: { size: '3' },
      report: '### Three',
      result: { sizes: [1, 2] },
    });
  });

  test('an output without a value is not set', async () => {
    const outputs = { size: undefined } as unknown as { size: string };
    await run(query(async () => ({ summary: 'Nothing.', outputs })));
    expect(Object.keys(host.outputs)).toEqual(['result-file']);
  });

  test('gets what it needs from outside', async () => {
    let seen: Context | undefined;
    const clock = jumpingClock();
    await run(
      query(async (context) => {
        seen = context;
        return { summary: '', outputs: {} };
      }),
      {},
      { clock },
    );
    expect(seen).toMatchObject({ operation: 'sample query', version: '1.2.3', workspace: host.workspace, host, clock });
    expect(seen?.randomHex(2)).toBe('abab');
  });
});

describe('a comment', () => {
  const commented = (report: string) =>
    query(async () => ({ summary: '', outputs: { 'stack-name': 'shop-main' }, report }), { usesHostApi: true });

  test('has a key of scenario and stack, so that every operation on a stack updates the same one', async () => {
    await run(commented('### A'));
    expect(host.comments).toEqual([{ key: 'sample:shop-main', markdown: '### A' }]);
  });

  test('is left out when that is asked for, and for an operation that does not use the host', async () => {
    await run(commented('### A'), { comment: 'false' });
    await run(
      query(async () => ({ summary: '', outputs: {}, report: '### A' })),
      { comment: 'true' },
    );
    expect(host.comments).toEqual([]);
    expect(host.summaries).toEqual(['### A', '### A']);
  });

  test('a report of a failure updates the comment of its stack', async () => {
    const error = new OperationFailed({ what: 'It fell', data: { stack: 'shop-main' }, report: '### Fell' });
    expect(await run(failing(error, { usesHostApi: true }))).toBe(1);
    expect(host.comments).toEqual([{ key: 'sample:shop-main', markdown: '### Fell' }]);
    expect(host.summaries).toEqual(['### Fell']);
  });
});

describe('work', () => {
  test('prepares, executes and confirms, in this order and with what came before', async () => {
    const operation = defineOperation({
      ...FRAME,
      name: 'sample work',
      kind: 'work',
      inputs: {},
      outputs: OUTPUTS,
      prepare: async () => ['prepared'],
      execute: async (_, prepared) => [...prepared, 'executed'],
      confirm: async (_, prepared, executed) => ({
        summary: [...prepared, ...executed].join(' '),
        outputs: { size: String(executed.length) },
      }),
    });
    expect(await run(operation)).toBe(0);
    expect(host.lines).toEqual(['info: prepared prepared executed']);
    expect(host.outputs.size).toBe('2');
  });
});

describe('a change', () => {
  test('plans, shows the plan, applies and confirms', async () => {
    const { operation, calls, facts } = change({ size: 1 });
    expect(await run(operation, { by: '2' })).toBe(0);
    expect(calls).toEqual(['plan offline 2026-11-22T19:49:00.000Z', 'apply', 'confirm applied']);
    expect(facts.size).toBe(3);
    expect(host.lines).toEqual([
      'info: Grow by 2.',
      'info:   update number size (from 1)',
      'info:   note: One note.',
      'info: It is 3.',
    ]);
    expect(host.summaries).toEqual(['### Grow by 2.']);
  });

  test.each(['offline', 'preview'])('dry-run %s does not apply', async (mode) => {
    const { operation, calls, facts } = change({ size: 1 });
    expect(await run(operation, { 'dry-run': mode })).toBe(0);
    expect(calls).toEqual([`plan ${mode} 2026-11-22T19:49:00.000Z`]);
    expect(facts.size).toBe(1);
    expect(host.outputs.size).toBe('planned');
    expect(host.lines.at(-1)).toBe('info: Grow by 1. Nothing was changed.');
  });

  test('with nothing to do does not apply', async () => {
    const { operation, calls } = change({ size: 1 }, { noop: true });
    expect(await run(operation)).toBe(0);
    expect(calls).toEqual(['plan offline 2026-11-22T19:49:00.000Z']);
    expect(host.lines[0]).toBe('info: It is large enough.');
  });
});

describe('a saved plan', () => {
  test('is carried out later as of the time when it was made', async () => {
    const { operation, calls, facts } = change({ size: 1 });
    expect(await run(operation, { 'dry-run': 'preview', 'plan-file': 'plans/plan.json', by: '2' })).toBe(0);
    expect(host.lines).toContain(`info: Plan saved to ${path.join(host.workspace, 'plans/plan.json')}.`);
    expect(facts.size).toBe(1);

    const clock = jumpingClock('2026-11-23T08:00:00.000Z');
    expect(await run(operation, { 'apply-plan': 'plans/plan.json', by: '2' }, { clock })).toBe(0);
    const planned = 'plan preview 2026-11-22T19:49:00.000Z';
    expect(calls).toEqual([planned, planned, 'apply', 'confirm applied']);
    expect(facts.size).toBe(3);
  });

  test('is refused when what was read has changed, and nothing is applied', async () => {
    const { operation, calls, facts } = change({ size: 1 });
    await run(operation, { 'dry-run': 'offline', 'plan-file': 'plan.json' });
    facts.size = 5;
    expect(await run(operation, { 'apply-plan': 'plan.json' })).toBe(1);
    expect(calls).not.toContain('apply');
    expect(facts.size).toBe(5);
    expect(host.annotations).toHaveLength(1);
    expect(host.annotations[0]).toMatchObject({
      level: 'error',
      title: 'headgate sample change',
      message: expect.stringContaining('plan.details.from was 1 and is now 5'),
    });
    expect(resultOf('sample-change')).toMatchObject({ status: 'failed', data: { differences: expect.any(Array) } });
  });

  test('is refused with other inputs than it was made with', async () => {
    const { operation, calls } = change({ size: 1 });
    await run(operation, { 'dry-run': 'offline', 'plan-file': 'plan.json', by: '1' });
    expect(await run(operation, { 'apply-plan': 'plan.json', by: '2' })).toBe(1);
    expect(calls).not.toContain('apply');
  });

  test.each<Record<string, string>>([{ 'dry-run': 'offline' }, { 'dry-run': 'preview' }, { 'plan-file': 'b.json' }])(
    'cannot be applied together with %j',
    async (more) => {
      const { operation, calls } = change({ size: 1 });
      await run(operation, { 'dry-run': 'offline', 'plan-file': 'plan.json' });
      calls.length = 0;
      expect(await run(operation, { 'apply-plan': 'plan.json', ...more })).toBe(2);
      expect(calls).toEqual([]);
      expect(host.annotations.map(({ message }) => message)).toEqual([
        "input 'apply-plan': cannot be combined with 'dry-run' or 'plan-file'; make the plan in one run and apply it in another",
      ]);
    },
  );

  test('that is missing or of another operation is bad input', async () => {
    const { operation, calls } = change({ size: 1 });
    expect(await run(operation, { 'apply-plan': 'none.json' })).toBe(2);
    writeFileSync(path.join(host.workspace, 'other.json'), '{}');
    expect(await run(operation, { 'apply-plan': 'other.json' })).toBe(2);
    expect(calls).toEqual([]);
  });

  test('holds no secret; neither does anything else', async () => {
    const { operation } = change({ size: 1 });
    await run(operation, { 'dry-run': 'offline', 'plan-file': 'plan.json', token: 'hunter2' });
    await run(operation, { token: 'hunter2' });
    expect(readFileSync(path.join(host.workspace, 'plan.json'), 'utf8')).not.toContain('hunter2');
    expect(JSON.stringify(resultOf('sample-change')) + everything()).not.toContain('hunter2');
  });
});

describe('a failure', () => {
  test('is told with its cause and next step, ends with 1 and leaves a result file', async () => {
    const explanation = { what: 'The stack fell', cause: 'the wind', next: 'Put it up', data: { stack: 's' } };
    expect(await run(failing(new OperationFailed(explanation)))).toBe(1);
    expect(host.annotations).toEqual([
      {
        level: 'error',
        title: 'headgate sample query',
        message: 'The stack fell\nLikely cause: the wind\nNext: Put it up',
      },
    ]);
    expect(resultOf('sample-query')).toEqual({ operation: 'sample query', status: 'failed', ...explanation });
    expect(host.outputs).toEqual({});
  });

  test('of an AWS call keeps the request id', async () => {
    const denied = Object.assign(new Error('not authorized to perform: cloudformation:CreateChangeSet'), {
      name: 'AccessDenied',
      $metadata: { requestId: '7f3a-1', httpStatusCode: 403 },
    });
    expect(await run(failing(denied))).toBe(1);
    expect(host.annotations[0]?.message.split('\n')).toEqual([
      'AccessDenied: not authorized to perform: cloudformation:CreateChangeSet (request id 7f3a-1)',
      'Likely cause: the role lacks a permission, or a policy of the organisation denies it',
      'Next: Compare the role with the minimal policy in the README of the scenario',
    ]);
    expect(resultOf('sample-query').what).toContain('7f3a-1');
  });

  test('that nobody foresaw says that it is a defect, with the stack in the debug log', async () => {
    expect(await run(failing(new TypeError('x is undefined')))).toBe(1);
    expect(host.annotations[0]?.message).toContain('a defect in Headgate');
    expect(host.lines.find((line) => line.startsWith('debug: TypeError: x is undefined\n    at '))).toBeDefined();
  });

  test('after the change was applied is a failure', async () => {
    host.remove();
    host = memoryHost({ outputsFail: new Refused({ what: 'An output holds two lines' }) });
    const { operation, facts } = change({ size: 1 });
    expect(await run(operation)).toBe(1);
    expect(facts.size).toBe(2);
    expect(resultOf('sample-change')).toMatchObject({ status: 'failed', what: 'An output holds two lines' });
  });

  test('is told even when its result file cannot be written', async () => {
    writeFileSync(path.join(host.workspace, '.headgate'), 'a file in the way');
    expect(await run(failing(new OperationFailed({ what: 'It fell' })))).toBe(1);
    expect(host.annotations[0]?.message).toBe('It fell');
    expect(host.lines.some((line) => line.startsWith('warning: The report of the failure could not be written'))).toBe(
      true,
    );
  });
});

describe('bad input', () => {
  test('ends with 2, names every input, and nothing runs', async () => {
    const { operation, calls } = change({ size: 1 });
    expect(await run(operation, { by: 'x', 'dry-run': 'perhaps', 'plan-file': '../p.json' })).toBe(2);
    expect(calls).toEqual([]);
    expect(host.annotations).toEqual(
      [
        "input 'by': 'x' is not a whole number from 0 to 9",
        "input 'dry-run': 'perhaps' is not allowed; write 'no', 'offline' or 'preview'",
        "input 'plan-file': '../p.json' is outside the workspace; write a path relative to the checkout",
      ].map((message) => ({ level: 'error', title: 'headgate sample change', message })),
    );
    expect(host.lines).toEqual(['info: Nothing was changed.']);
    expect(existsSync(path.join(host.workspace, '.headgate'))).toBe(false);
  });

  test('that an operation finds itself ends with 2, too', async () => {
    const error = new BadInput([{ input: 'a', message: "input 'a': is odd" }]);
    expect(await run(failing(error))).toBe(2);
  });

  test('an operation without AWS needs no Region; with AWS it is asked for when it is used', async () => {
    expect(await run(query(async () => ({ summary: '', outputs: {} }), { usesAws: true }))).toBe(0);
    const connects = query(async ({ aws }) => ({ summary: aws.region, outputs: {} }), { usesAws: true });
    expect(await run(connects, { region: 'eu-central-1' })).toBe(0);
    expect(host.lines.at(-1)).toBe('info: eu-central-1');
    expect(await run(connects, { region: 'Frankfurt' })).toBe(2);
    expect(host.annotations.at(-1)?.message).toBe(
      "input 'region': 'Frankfurt' is not allowed; write a Region such as 'eu-central-1'",
    );
  });
});

describe('cancellation', () => {
  test('ends with 130 and says what to do', async () => {
    const controller = new AbortController();
    const waits = query(async ({ clock, signal }) => {
      controller.abort();
      await clock.sleep(1000, signal);
      return { summary: '', outputs: {} };
    });
    expect(await run(waits, {}, { signal: controller.signal })).toBe(130);
    expect(host.annotations[0]?.message).toBe(
      "'sample query' was cancelled\nNext: Run it again: it goes on from what it finds. What AWS had begun goes on by itself",
    );
    expect(resultOf('sample-query')).toMatchObject({ status: 'failed', what: "'sample query' was cancelled" });
  });

  test('does not hide a failure that came first', async () => {
    const controller = new AbortController();
    const falls = query(async () => {
      controller.abort();
      throw new OperationFailed({ what: 'It fell' });
    });
    expect(await run(falls, {}, { signal: controller.signal })).toBe(1);
  });
});

describe('cleanup', () => {
  const seen: Json[] = [];
  beforeEach(() => {
    seen.length = 0;
  });

  /** Keeps what to clean up, and then fails. */
  function keeper(cleanup: Operation['cleanup']): Operation {
    return query(
      async (context) => {
        await context.keepForCleanup({ file: '/tmp/credentials', pid: 7 });
        throw new OperationFailed({ what: 'It fell' });
      },
      { inputs: { token: input.secret({ description: 'A secret.' }) }, ...(cleanup === undefined ? {} : { cleanup }) },
    );
  }
  const sees = async (state: Json) => void seen.push(state);

  test('gets after a failure what was kept', async () => {
    const both = request(keeper(sees));
    expect(await runOperation(both)).toBe(1);
    await runCleanup(both);
    expect(seen).toEqual([{ file: '/tmp/credentials', pid: 7 }]);
    expect(host.lines.filter((line) => line.startsWith('warning'))).toEqual([]);
  });

  test('what is kept holds no secret that the operation was given', async () => {
    await run(keeper(sees), { token: 'hunter2' });
    expect([...host.state]).toEqual([['sample query', '{"file":"/tmp/credentials","pid":7}']]);
    expect(everything()).not.toContain('hunter2');
  });

  test('does not run when nothing was kept, or where there is none', async () => {
    await runCleanup(request(query(async () => ({ summary: '', outputs: {} }), { cleanup: sees })));
    await runCleanup(request(keeper(undefined)));
    expect(seen).toEqual([]);
  });

  test('that fails itself is only a warning', async () => {
    const fails = request(
      keeper(async () => {
        throw new OperationFailed({ what: 'The file is gone', cause: 'somebody removed it' });
      }),
    );
    expect(await runOperation(fails)).toBe(1);
    await expect(runCleanup(fails)).resolves.toBeUndefined();
    expect(host.lines.at(-1)).toBe("warning: The cleanup of 'sample query' failed: The file is gone");
  });

  test('runs to its end although the job was cancelled', async () => {
    const controller = new AbortController();
    const cleans = keeper(async (state, { signal }) => {
      signal.throwIfAborted();
      seen.push(state);
    });
    const both = request(cleans, {}, { signal: controller.signal });
    await runOperation(both);
    controller.abort();
    await runCleanup(both);
    expect(seen).toHaveLength(1);
  });
});
