import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { adviceOn } from '../../../../actions/glue-transform/test/advice.ts';
import { annotationsOf } from '../../../../actions/glue-transform/test/annotations.ts';
import { parseEvent, type TestEvent } from '../../../../actions/glue-transform/test/events.ts';
import { testFoldersOf, withoutInner } from '../../../../actions/glue-transform/test/find-tests.ts';
import { testJunit } from '../../../../actions/glue-transform/test/junit.ts';
import { type CaseResult, Ledger, type ProcessEnd } from '../../../../actions/glue-transform/test/ledger.ts';
import { pytestCommand } from '../../../../actions/glue-transform/test/pytest-command.ts';
import { reportOf, summaryOf } from '../../../../actions/glue-transform/test/report.ts';
import { requirementsProblem } from '../../../../actions/glue-transform/test/requirements.ts';
import { statusOf, type TestResults, type VersionResult } from '../../../../actions/glue-transform/test/results.ts';
import { transformOfTest } from '../../../../actions/glue-transform/test/transform-of-test.ts';
import type { Transform } from '../../../../actions/glue-transform/transforms/transform.ts';

describe('the transform of a test', () => {
  test.each([
    ['test_add.py', 'add'],
    ['transforms/tests/test_add_nulls.py', 'add'],
    ['add_test.py', 'add'],
    ['test_add_column.py', 'add_column'],
    ['test_add_column_nulls.py', 'add_column'],
    ['add_column_test.py', 'add_column'],
    ['test_addition.py', undefined],
    ['add.py', undefined],
    ['test_.py', undefined],
    ['tests/add/test_other.py', undefined],
  ])('of %s is %s', (file, name) => {
    expect(transformOfTest(file, ['add', 'add_column'])).toBe(name);
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);

  test('is the longest name that the file begins with, in whatever order the names come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1 }), name, (names, more) => {
        for (const each of names) {
          expect(transformOfTest(`a/test_${each}.py`, names)).toBe(each);
          expect(transformOfTest(`${each}_test.py`, [...names].reverse())?.length).toBeGreaterThanOrEqual(each.length);
          const found = transformOfTest(`test_${each}_${more}.py`, names);
          expect(found).toBe(transformOfTest(`test_${each}_${more}.py`, [...names].reverse()));
          expect(`${each}_${more}_`.startsWith(`${found}_`)).toBe(true);
          expect(found?.length).toBeGreaterThanOrEqual(each.length);
        }
      }),
    );
  });
});

describe('where tests are looked for', () => {
  test('is in the folders of the transforms and beside them, and never outside the workspace', () => {
    expect(testFoldersOf(['transforms', 'transforms/sales'])).toEqual([
      'test',
      'tests',
      'transforms/sales/test',
      'transforms/sales/tests',
      'transforms/test',
      'transforms/tests',
    ]);
    expect(testFoldersOf(['.'])).toEqual(['test', 'tests']);
  });

  test('no folder is searched within another one', () => {
    expect(withoutInner(['tests', 'tests/a', 'test', 'tests', 'testsuite'])).toEqual(['tests', 'test', 'testsuite']);
    expect(withoutInner(['', 'tests'])).toEqual(['']);
  });
});

describe('requirements', () => {
  test.each([
    '',
    '# what the tests need\npandas==2.2.3\n',
    'pandas==2.2.3 \\\n    --hash=sha256:abc\n',
    '--index-url https://index.example/simple\nrequests>=2; python_version < "3.12"',
    'pyspark-test==0.2.0',
    'pkg @ https://example.org/pkg-1-py3-none-any.whl',
  ])('takes %j', (text) => {
    expect(requirementsProblem(text)).toBeUndefined();
  });

  test.each([
    ['a\n-r more.txt', "line 2, '-r more.txt', names another file; write the packages into this one"],
    ['-cconstraints.txt', 'names another file'],
    ['--requirement=more.txt', 'names another file'],
    ['-e .', 'names another file'],
    ['--find-links wheels', 'names another file'],
    ['./wheels/a.whl', 'is a file of this machine; write the name and the version of a package'],
    ['../a', 'is a file of this machine'],
    ['/tmp/a.whl', 'is a file of this machine'],
    ['a @ file:///tmp/a.whl', 'is a file of this machine'],
    ['pyspark==3.5.6', "line 1, 'pyspark==3.5.6', is given by the Glue version; leave it out"],
    ['PySpark[sql]', 'is given by the Glue version'],
    ['AWS_Glue.libs', 'is given by the Glue version'],
  ])('refuses %j', (text, problem) => {
    expect(requirementsProblem(text)).toContain(problem);
  });
});

describe('the call of pytest', () => {
  const call = (more: { select?: string; requirements?: string } = {}) =>
    pytestCommand({
      spark: { python: '/venv/bin/python', variables: { PYTHONPATH: '/ours', JAVA_HOME: '/java' } },
      workspace: '/shop',
      tests: ['transforms/tests'],
      transformFolders: ['transforms', 'more'],
      requirements: more.requirements,
      select: more.select,
      cores: 3,
      temporary: '/tmp/run',
    });

  test('a selection is one argument, whatever it begins with', () => {
    expect(call({ select: '-p evil; rm -rf $(x)' }).arguments).toContain('-k-p evil; rm -rf $(x)');
    expect(call().arguments.filter((each) => each.startsWith('-k'))).toEqual([]);
  });

  test('transforms are found by name, after what is ours and before what the team adds', () => {
    expect(call({ requirements: '/cache/reqs' }).environment.PYTHONPATH).toBe(
      '/ours:/shop/transforms:/shop/more:/cache/reqs',
    );
  });

  test('nothing of the job is handed on but what programs need to run', () => {
    process.env.AWS_SESSION_TOKEN = 'secret';
    try {
      expect(Object.keys(call().environment).sort()).toEqual(
        [
          ...['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'PYTHONPATH', 'PYTHONDONTWRITEBYTECODE', 'SPARK_LOCAL_DIRS'],
          ...['HEADGATE_SPARK_MASTER', 'HEADGATE_TEST_EVENTS'],
          ...['AWS_EC2_METADATA_DISABLED', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'],
        ].sort(),
      );
    } finally {
      delete process.env.AWS_SESSION_TOKEN;
    }
    expect(call().environment.HEADGATE_SPARK_MASTER).toBe('local[3]');
  });
});

describe('events', () => {
  test('a line that is no event is nothing, and never an error', () => {
    const words = fc.constantFrom('found', 'begin', 'end', 'collection-error', 'spark', 'where', 'finish', 'x');
    const objects = fc.record(
      {
        event: words,
        ...Object.fromEntries(
          ['id', 'line', 'outcome', 'seconds', 'file', 'message', 'status', 'code'].map((key) => [key, fc.jsonValue()]),
        ),
      },
      { requiredKeys: ['event'] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          objects.map((each) => JSON.stringify(each)),
        ),
        (line) => {
          const event = parseEvent(line);
          if (event === undefined) return;
          const ledger = new Ledger();
          ledger.add(event);
          expect(ledger.result({ how: 'exited', code: 3 }, []).cases.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  test('a place without a line, and a negative time, are left away', () => {
    expect(parseEvent('{"event":"end","id":"a","outcome":"failed","seconds":-1,"file":"a.py","line":null}')).toEqual({
      ...{ event: 'end', id: 'a', outcome: 'failed', seconds: 0 },
      ...{ message: '', text: '', output: '', place: undefined, module: undefined },
    });
  });
});

const END_FACTS = { message: '', text: '', output: '', place: undefined, module: undefined };
const ended = (id: string, outcome: 'passed' | 'failed' | 'skipped', seconds = 1): TestEvent => ({
  ...END_FACTS,
  ...{ event: 'end', id, outcome, seconds },
});
const LAST_LINES = ['E   oops'];

function ledgerOf(events: readonly TestEvent[], end: ProcessEnd, lines = LAST_LINES) {
  const ledger = new Ledger();
  for (const event of events) ledger.add(event);
  return ledger.result(end, lines);
}

const found = (id: string): TestEvent => ({ event: 'found', id, line: 7 });
const begin = (id: string): TestEvent => ({ event: 'begin', id });
const finish = (status: number, reason?: string): TestEvent => ({ event: 'finish', status, reason });
const exited = (code: number): ProcessEnd => ({ how: 'exited', code });
const briefly = ({ cases }: { cases: readonly CaseResult[] }) =>
  cases.map(({ id, outcome, message }) => `${outcome} ${id}${message === '' ? '' : `: ${message}`}`);

describe('the ledger of a run', () => {
  test('the test that ran when the process died failed, and those after it did not run', () => {
    const events = [found('t.py::a'), found('t.py::b'), found('t.py::c'), begin('t.py::a'), ended('t.py::a', 'passed')];
    const result = ledgerOf([...events, begin('t.py::b')], exited(7));

    expect(briefly(result)).toEqual([
      'passed t.py::a',
      'error t.py::b: the Python process ended with exit code 7 while this test ran',
      'error t.py::c: did not run: the Python process ended with exit code 7',
    ]);
    expect(result.cases.map(({ hasRun, place }) => [hasRun, place?.line])).toEqual([
      [true, undefined],
      [true, 7],
      [false, 7],
    ]);
  });

  test('a time-out says where the test was', () => {
    const where: TestEvent = { event: 'where', text: 'File "t.py", line 9', place: { file: 'h.py', line: 9 } };
    const [first] = ledgerOf([found('t.py::a'), begin('t.py::a'), where], { how: 'timed-out', after: '20m' }).cases;

    expect(first).toMatchObject({
      message: 'still ran when the time for all tests, 20m, was over',
      place: { file: 'h.py', line: 9 },
    });
    expect(first?.text).toContain('File "t.py", line 9');
  });

  test('after a failure with -x the others are skipped; a run that was stopped without one does not look complete', () => {
    const stopped = finish(1, 'stopping after 1 failures');
    const failed = [found('a'), found('b'), begin('a'), ended('a', 'failed'), stopped];
    expect(briefly(ledgerOf(failed, exited(1)))).toEqual([
      'failed a',
      'skipped b: did not run: stopping after 1 failures',
    ]);
    const passed = [found('a'), found('b'), begin('a'), ended('a', 'passed'), finish(0)];
    expect(briefly(ledgerOf(passed, exited(0)))).toEqual(['passed a', 'error b: did not run: pytest was stopped']);
  });

  test.each<readonly [string, readonly TestEvent[], ProcessEnd, readonly string[]]>([
    ['options that it does not know', [], exited(4), ['the Python process ended with exit code 4', 'E   oops']],
    [
      'an error of its own',
      [{ event: 'internal-error', text: 'INTERNAL' }, finish(3)],
      exited(3),
      ['INTERNAL', 'E   oops'],
    ],
    ['Spark that has died', [finish(2, 'Spark has ended')], exited(2), ['Spark has ended', 'E   oops']],
    [
      'an exit code that no test explains',
      [found('a'), ended('a', 'passed'), finish(1)],
      exited(1),
      ['the Python process ended with exit code 1', 'E   oops'],
    ],
    [
      'a crash after the last test',
      [found('a'), ended('a', 'passed'), finish(0)],
      { how: 'killed', signal: 'SIGSEGV' },
      ['the Python process was ended by SIGSEGV', 'E   oops'],
    ],
  ])('pytest as a whole fails for %s', (_name, events, end, message) => {
    expect(ledgerOf(events, end).cases.at(-1)).toMatchObject({
      ...{ id: 'pytest', outcome: 'error', file: undefined },
      message: message.join('\n'),
    });
  });

  test('a conftest.py that cannot be imported has its place from what pytest prints', () => {
    const lines = ['ImportError while loading conftest', '../x/y.py:1: in z', 'tests/conftest.py:3: in <module>'];
    expect(ledgerOf([], exited(4), lines).cases[0]?.place).toEqual({ file: 'tests/conftest.py', line: 3 });
  });

  test('whenever a process ends, each test that was to run is told of once, and an unfinished run has failed', () => {
    const outcome = fc.constantFrom('passed', 'failed', 'skipped', 'deselected');
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 8 }), fc.nat(30), fc.boolean(), (outcomes, cut, isKilled) => {
        const ids = outcomes.map((_, index) => `t.py::${index}`);
        const all: readonly TestEvent[] = [
          ...ids.map(found),
          ...ids.flatMap((id, n): TestEvent[] => (outcomes[n] === 'deselected' ? [{ event: 'deselected', id }] : [])),
          ...ids.flatMap((id, n): TestEvent[] => {
            const each = outcomes[n];
            return each === undefined || each === 'deselected' ? [] : [begin(id), ended(id, each)];
          }),
        ];
        const status = outcomes.includes('failed') ? 1 : 0;
        const events = isKilled ? all.slice(0, cut) : [...all, finish(status)];
        const end: ProcessEnd = isKilled ? { how: 'killed', signal: 'SIGKILL' } : exited(status);
        const { cases } = ledgerOf(events, end);

        const told = cases.map(({ id }) => id).filter((id) => id !== 'pytest');
        const expected = events.flatMap((each) => (each.event === 'found' ? [each.id] : []));
        const left = new Set(events.flatMap((each) => (each.event === 'deselected' ? [each.id] : [])));
        expect([...told].sort()).toEqual(expected.filter((id) => !left.has(id)).sort());
        const failed = cases.some((each) => each.outcome === 'failed' || each.outcome === 'error');
        expect(failed).toBe(isKilled || status === 1);
      }),
    );
  });
});

const PAIR_51 = { glueVersion: '5.1', sparkVersion: '3.5.6', pythonVersion: '3.11', javaVersions: [17] };
const PAIR_50 = { ...PAIR_51, glueVersion: '5.0', sparkVersion: '3.5.4' };
const PAIR_30 = { glueVersion: '3.0', sparkVersion: '3.1.1', pythonVersion: '3.7', javaVersions: [8, 11] };
const transformNamed = (name: string) =>
  ({ name, pythonFile: { path: `transforms/${name}.py`, content: Buffer.alloc(0) } }) as Transform;

function ranOn(pair: typeof PAIR_51, cases: readonly Partial<CaseResult>[]): Extract<VersionResult, { ran: true }> {
  const full = cases.map((each): CaseResult => {
    const id = each.id ?? 'tests/test_add.py::test_a';
    return { ...END_FACTS, id, file: id.split('::')[0], outcome: 'passed', seconds: 1, hasRun: true, ...each };
  });
  const testFiles = new Set(full.flatMap(({ file }) => (file === undefined ? [] : [file])));
  return {
    ...{ ran: true, pair, javaVersion: 17, cases: full, testFiles, found: full.length },
    ...{ spark: undefined, sparkDied: undefined },
  };
}

describe('results of several Glue versions', () => {
  const failure: Partial<CaseResult> = {
    ...{ id: 'tests/test_add.py::test_b', outcome: 'failed', message: 'assert 1 == 2\nmore', text: 'whole text' },
    place: { file: 'tests/test_add.py', line: 9 },
  };
  const results: TestResults = {
    transforms: [transformNamed('add'), transformNamed('rename')],
    testFiles: ['tests/test_add.py'],
    versions: [
      { ran: false, pair: PAIR_30, missing: 'Java 8 or 11 was not found: install it' },
      ranOn(PAIR_50, [{}, failure, { id: 'tests/test_x.py::test_x', outcome: 'skipped', message: 'later' }]),
      ranOn(PAIR_51, [{}, failure]),
    ],
    untestedIs: 'warn',
  };

  test('are a table of transforms and versions, which says plainly what was not tested', () => {
    const report = reportOf(results);
    expect(summaryOf(results)).toBe(
      '2 transforms, 5 tests on Glue 5.0, 5.1: 2 passed, 2 failed, 1 skipped, 1 without a test, Glue 3.0 only checked',
    );
    expect(report).toContain('| `add` | ⚠️ only checked | ❌ 1 failed, 1 passed | ❌ 1 failed, 1 passed |');
    expect(report).toContain('| `rename` | ⚠️ only checked | ⚠️ no test | ⚠️ no test |');
    expect(report).toContain('| other tests | ⚠️ only checked | 1 skipped | – none selected |');
    expect(report).toContain(
      'Glue 3.0 was not run here, so that its transforms are checked but not tested: Java 8 or 11',
    );
    expect(report).toContain('| `tests/test_add.py::test_b` | 5.1 | `tests/test_add.py:9` | assert 1 == 2 |');
  });

  test('the same failure on several versions is one annotation', () => {
    expect(annotationsOf(results)).toEqual([
      {
        ...{ level: 'error', title: 'Glue 5.0, 5.1', message: 'tests/test_add.py::test_b: assert 1 == 2\nmore' },
        ...{ file: 'tests/test_add.py', line: 9 },
      },
      {
        ...{ level: 'warning', title: 'untested', file: 'transforms/rename.py', line: 1 },
        message: "no test is named after 'rename'; write one in 'test_rename.py'",
      },
    ]);
  });

  test('JUnit has a suite for each version and transform, with what was not run as skipped', () => {
    const xml = testJunit(results);
    expect([...xml.matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      'glue-transform.3.0.add',
      'glue-transform.3.0.rename',
      'glue-transform.5.0.add',
      'glue-transform.5.0.(other)',
      'glue-transform.5.1.add',
    ]);
    expect(xml).toContain('<skipped message="not run: Java 8 or 11 was not found: install it">');
    expect(xml).toContain('<failure message="whole text">whole text</failure>');
  });

  test('a version that was not run is no failure, and none at all is no success', () => {
    const versions = results.versions.filter(({ ran }) => !ran);
    expect(statusOf({ ...results, versions })).toBe('checked');
    expect(statusOf({ ...results, versions: [...versions, ranOn(PAIR_51, [{}])] })).toBe('passed');
    expect(statusOf({ ...results, versions, untestedIs: 'fail' })).toBe('failed');
    expect(statusOf({ ...results, versions, testFiles: ['test_add.py', 'test_rename.py'], untestedIs: 'fail' })).toBe(
      'checked',
    );
    expect(statusOf(results)).toBe('failed');
  });
});

describe('advice', () => {
  test.each<readonly [string, Partial<CaseResult>, number | undefined, RegExp]>([
    ['a module of Glue 6.0 only', { module: 'yaml.nodes' }, undefined, /Correct the import/],
    ['a module of Glue 5.1', { module: 'pandas.core' }, undefined, /Write 'pandas' with a version into a file for pip/],
    ['one whose package is named otherwise', { module: 'PIL' }, undefined, /Write 'Pillow'/],
    ['a module of nobody', { module: 'helper' }, undefined, /Correct the import/],
    ['no memory in Java', { text: 'java.lang.OutOfMemoryError: Java heap space' }, undefined, /less data/],
    ['Spark that ended for want of memory', {}, 52, /less data/],
    ['Spark that was killed', {}, 137, /more memory/],
    ['a time-out', { message: 'still ran when …' }, undefined, /'timeout'/],
    ['anything else', {}, undefined, /the place of each failure/],
  ])('on %s', (_name, facts, sparkDied, next) => {
    const version = { ...ranOn(PAIR_51, [{ outcome: 'failed', ...facts }]), sparkDied };
    expect(adviceOn([version], version.cases).next).toMatch(next);
  });
});
