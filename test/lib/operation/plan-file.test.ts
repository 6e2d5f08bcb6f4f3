import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadInput, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { checkSamePlan, readPlan, savePlan } from '../../../lib/operation/plan-file.ts';

const PLAN: Plan = {
  summary: 'Make one thing.',
  actions: [{ verb: 'create', what: 'thing', name: 'one' }],
  notes: ['It costs nothing.'],
  details: { region: 'eu-central-1', sizes: [1, 2], owner: null, nested: { deep: true } },
};
const SAVED = {
  operation: 'sample change',
  version: '1.2.3',
  mode: 'offline',
  madeAt: '2026-11-22T19:49:00.000Z',
  plan: PLAN,
} as const;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-plan-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a plan file', () => {
  test('gives back what was saved, and says what it is', async () => {
    const file = path.join(directory, 'plan.json');
    await savePlan(file, SAVED);
    expect(await readPlan(file, 'sample change')).toEqual({ format: 'headgate-plan/1', ...SAVED });
    expect(await readFile(file, 'utf8')).toMatch(/^\{\n {2}"format": "headgate-plan\/1",\n[\s\S]*\}\n$/);
  });

  test('replaces one that is there', async () => {
    const file = path.join(directory, 'again.json');
    await savePlan(file, { ...SAVED, plan: { ...PLAN, notes: Array(100).fill('a long note') } });
    await savePlan(file, SAVED);
    expect((await readPlan(file, 'sample change')).plan).toEqual(PLAN);
  });

  test('may lie in a folder that is not there yet', async () => {
    const file = path.join(directory, 'plans', 'of', 'today.json');
    await savePlan(file, SAVED);
    expect((await readPlan(file, 'sample change')).plan).toEqual(PLAN);
  });

  test('that cannot be written is bad input, not a defect', async () => {
    await expect(savePlan(directory, SAVED)).rejects.toMatchObject({
      exitCode: 2,
      problems: [{ input: 'plan-file', message: expect.stringMatching(/^input 'plan-file': cannot write .*EISDIR/) }],
    });
  });

  test('comes back whatever JSON its details are', async () => {
    const file = path.join(directory, 'any.json');
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (details) => {
        const plan = { ...PLAN, details: JSON.parse(JSON.stringify(details)) as Json };
        await savePlan(file, { ...SAVED, plan });
        expect((await readPlan(file, 'sample change')).plan).toEqual(plan);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a plan is refused', () => {
  const refused = async (text: string, operation = 'sample change') => {
    const file = path.join(directory, 'refused.json');
    await writeFile(file, text);
    const error = await readPlan(file, operation).catch((thrown: unknown) => thrown);
    if (!(error instanceof BadInput)) throw new Error(`not refused as input: ${String(error)}`);
    return error.problems.map(({ message }) => message.replace(file, 'FILE'));
  };
  const whole = { format: 'headgate-plan/1', ...SAVED };

  test('when the file is missing', async () => {
    const file = path.join(directory, 'missing.json');
    await expect(readPlan(file, 'sample change')).rejects.toMatchObject({
      exitCode: 2,
      problems: [
        {
          input: 'apply-plan',
          message: expect.stringMatching(/^input 'apply-plan': cannot read .*missing.json.*ENOENT/),
        },
      ],
    });
  });

  test('when it is a plan of another operation', async () => {
    expect(await refused(JSON.stringify(whole), 'sample other')).toEqual([
      "input 'apply-plan': FILE is a plan of 'sample change', not of 'sample other'",
    ]);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['not JSON', '{'],
    ['null', 'null'],
    ['a text', '"plan"'],
    ['a list', '[]'],
    ['the result file of a run', '{"operation":"sample change","status":"done"}'],
    ['another format', JSON.stringify({ ...whole, format: 'headgate-plan/2' })],
    ['without an operation', JSON.stringify({ ...whole, operation: undefined })],
    ['of an unknown mode', JSON.stringify({ ...whole, mode: 'full' })],
    ['without a time', JSON.stringify({ ...whole, madeAt: undefined })],
    ['with a time that is none', JSON.stringify({ ...whole, madeAt: 'yesterday' })],
    ['without the plan itself', JSON.stringify({ ...whole, plan: null })],
  ])('when it is %s', async (_, text) => {
    expect(await refused(text)).toEqual(["input 'apply-plan': FILE is not a plan that 'plan-file' wrote"]);
  });
});

describe('two plans', () => {
  /** What is said to differ. */
  const differences = (saved: Plan, now: Plan): unknown => {
    try {
      checkSamePlan(saved, now);
      return [];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.explanation.data?.differences;
    }
  };
  const withDetails = (details: Json): Plan => ({ ...PLAN, details });

  test('that are equal are the same, in whatever order their members come', () => {
    const reordered = JSON.parse(
      '{"details":{"nested":{"deep":true},"owner":null,"sizes":[1,2],"region":"eu-central-1"},"notes":["It costs nothing."],"actions":[{"name":"one","what":"thing","verb":"create"}],"summary":"Make one thing."}',
    ) as Plan;
    expect(differences(PLAN, reordered)).toEqual([]);
  });

  test.each<[string, Json, Json, string[]]>([
    ['a value', { a: 1 }, { a: 2 }, ['plan.details.a was 1 and is now 2']],
    ['a member that is gone', { a: 1 }, {}, ['plan.details.a was 1 and is now absent']],
    ['a member that is new', {}, { a: null }, ['plan.details.a was absent and is now null']],
    [
      'a member with a name that every object has',
      {},
      { constructor: '1' },
      ['plan.details.constructor was absent and is now "1"'],
    ],
    ['an entry that is new', { a: [1] }, { a: [1, 2] }, ['plan.details.a.1 was absent and is now 2']],
    ['null and a map', { a: null }, { a: { b: 1 } }, ['plan.details.a was null and is now {"b":1}']],
    ['a list and a map', { a: ['x'] }, { a: { 0: 'x' } }, ['plan.details.a was ["x"] and is now {"0":"x"}']],
    ['a number and its text', { a: 1 }, { a: '1' }, ['plan.details.a was 1 and is now "1"']],
    [
      'two places',
      { a: 1, b: { c: 1 } },
      { a: 2, b: { c: 2 } },
      ['plan.details.a was 1 and is now 2', 'plan.details.b.c was 1 and is now 2'],
    ],
  ])('that differ in %s', (_, before, after, expected) => {
    expect(differences(withDetails(before), withDetails(after))).toEqual(expected);
  });

  test('that differ in an action differ', () => {
    const now: Plan = { ...PLAN, actions: [{ verb: 'delete', what: 'thing', name: 'one' }] };
    expect(differences(PLAN, now)).toEqual(['plan.actions.0.verb was "create" and is now "delete"']);
  });

  test('are refused with the first places and what to do', () => {
    const many = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`k${n}`, n]));
    expect(() => checkSamePlan(withDetails({}), withDetails(many))).toThrow(
      'The plan no longer fits: plan.details.k0 was absent and is now 0; plan.details.k1 was absent and is now 1; ' +
        'plan.details.k2 was absent and is now 2; plan.details.k3 was absent and is now 3; ' +
        'plan.details.k4 was absent and is now 4; and 2 more. ' +
        'Likely cause: what the plan is about, or an input, has changed since it was made. ' +
        'Next: Make a new plan, have it approved, and apply that one; nothing was changed',
    );
  });

  test('a long value is cut in the message', () => {
    const [difference] = differences(withDetails({ a: 'x'.repeat(200) }), withDetails({ a: '' })) as string[];
    expect(difference).toBe(`plan.details.a was "${'x'.repeat(76)}... and is now ""`);
  });

  test('that are refused are unequal as JSON, and the other way round', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect((differences(withDetails(a), withDetails(b)) as string[]).length === 0).toBe(same);
        expect(differences(withDetails(a), withDetails(structuredClone(a)))).toEqual([]);
      }),
    );
  });
});

/** The same JSON with the members of every map in one order. */
function sorted(value: Json): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const map = value as { readonly [key: string]: Json };
  const members = Object.keys(map).sort();
  return { members: members.map((key) => [key, sorted(map[key]!)]) };
}
