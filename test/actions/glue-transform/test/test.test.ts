import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { ZipFile } from 'yazl';
import { installRequirements } from '../../../../actions/glue-transform/test/requirements.ts';
import { findSpark } from '../../../../engines/spark/find.ts';
import { installSpark, type SparkEnvironment } from '../../../../engines/spark/install.ts';
import { requires } from '../../../support/requires.ts';
import { pairFiles, runTests, transformFiles } from './run-tests.ts';

const MINUTES = 60_000;
const java = requires('java', 'Spark runs on it');
const test: typeof java.test = (title, body, timeout = MINUTES) => java.test(title, body, timeout);

const TESTS = 'transforms/tests/test_add_column.py';
/** A pair with these lines as its test. */
const withTest = (...lines: readonly string[]) => ({ ...pairFiles(), [TESTS]: `${lines.join('\n')}\n` });

let spark: SparkEnvironment;

beforeAll(async () => {
  if (java.path === '') return;
  const found = await findSpark('5.1');
  expect(found.found ? '' : found.missing).toBe('');
  if (found.found) spark = await installSpark(found);
}, 10 * MINUTES);

describe('tests without Spark', () => {
  test('each outcome is in outputs, annotations, report and JUnit, and nothing is left in the workspace', async () => {
    const files = {
      ...pairFiles(),
      ...transformFiles('rename'),
      ...transformFiles('other'),
      [TESTS]: [
        'import os, pytest, sys',
        'import helper_of_team',
        'def test_passes(tmp_path):',
        "    assert not [name for name in os.environ if 'SECRET' in name or 'TOKEN' in name]",
        "    assert os.environ['AWS_EC2_METADATA_DISABLED'] == 'true'",
        "    assert not os.path.exists(os.environ['AWS_SHARED_CREDENTIALS_FILE'])",
        "    assert 'pyspark' not in sys.modules",
        'def test_fails():',
        "    print('what it printed')",
        '    assert helper_of_team.number == 2',
        '@pytest.mark.skip(reason="not yet")',
        'def test_skipped(): pass',
        '@pytest.mark.xfail(reason="a known fault")',
        'def test_known(): assert False',
        'def test_fixture(broken): pass',
        '',
      ].join('\n'),
      'transforms/tests/conftest.py':
        'import pytest\n@pytest.fixture\ndef broken():\n    raise ValueError("no data")\n',
      'transforms/helper_of_team.py': 'number = 1\n',
      'transforms/tests/test_rename_syntax.py': 'def test_a(:\n',
      'transforms/tests/test_more.py': 'import pandas.core\ndef test_more(): pass\n',
      'pytest.ini': '[pytest]\naddopts = --ff --strict-markers\n',
    };
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'secret';
    const run = await runTests(files);

    expect(run.exitCode).toBe(1);
    expect(run.outputs).toEqual({
      ...{ status: 'failed', transforms: '3', tests: '7', passed: '1', failed: '4', skipped: '2', untested: '1' },
      ...{ versions: '5.1', 'versions-missing': '', junit: '.headgate/glue-transform/test/junit.xml' },
    });
    expect(run.annotations.map(({ level, title, place }) => `${level} ${title} ${place}`)).toEqual([
      'error Glue 5.1 transforms/tests/test_more.py:1',
      'error Glue 5.1 transforms/tests/test_rename_syntax.py:1',
      `error Glue 5.1 ${TESTS}:10`,
      'error Glue 5.1 transforms/tests/conftest.py:4',
      'warning untested transforms/other.py:1',
      'error headgate glue-transform test undefined',
    ]);
    expect(run.annotations.map(({ message }) => message).slice(0, 4)).toEqual([
      "transforms/tests/test_more.py: ModuleNotFoundError: No module named 'pandas'",
      expect.stringContaining('transforms/tests/test_rename_syntax.py: SyntaxError: '),
      `${TESTS}::test_fails: assert 1 == 2\n +  where 1 = helper_of_team.number`,
      `${TESTS}::test_fixture: ValueError: no data`,
    ]);
    expect(run.message).toContain("Next: Write 'pandas' with a version into a file for pip, and name that file with");
    expect(run.report).toContain('| `add_column` | ❌ 2 failed, 1 passed, 2 skipped |');
    expect(run.report).toContain('| `other` | ⚠️ no test |');
    expect(run.report).toContain('| `rename` | ❌ 1 failed |');
    expect(run.report).toContain('| other tests | ❌ 1 failed |');
    expect(run.junit).toContain('<testsuites name="glue-transform" tests="7" failures="1" errors="3"');
    expect(run.junit).toContain('<system-out>what it printed&#10;</system-out>');
    expect(run.junit).toContain('<skipped message="a known fault">');
    expect(run.lines).toContainEqual(expect.stringMatching(/^info: ✓ .*::test_passes \(\d+\.\d\d s\)$/));
    expect(run.left).toEqual(Object.keys(files).sort());
  });

  test('select runs only some, and a transform whose tests are left out is not one without tests', async () => {
    const files = {
      ...withTest('def test_quick(): pass', 'def test_slow(): assert False'),
      ...transformFiles('rename'),
      'transforms/tests/test_rename.py': 'def test_rename(): assert False\n',
    };
    const run = await runTests(files, { select: 'quick and not slow', untested: 'fail' });

    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ status: 'passed', tests: '1', passed: '1', untested: '0' });
    expect(run.report).toContain('| `rename` | – none selected |');
  });

  test('a selection of nothing, or one that is no expression, is bad input', async () => {
    const files = withTest('def test_quick(): pass');
    const none = await runTests(files, { select: 'slow' });
    expect([none.exitCode, none.message]).toEqual([
      2,
      "input 'select': 'slow' selects none of the 1 tests; write part of a name",
    ]);
    const wrong = await runTests(files, { select: 'not (' });
    expect([wrong.exitCode, wrong.message]).toEqual([
      2,
      "input 'select': 'not (' is no expression that pytest knows; write for example 'quick and not slow'",
    ]);
  });

  test('a process that dies in a test has failed there, and the tests after it did not run', async () => {
    const run = await runTests(
      withTest('import os', 'def test_a(): pass', 'def test_b():', '    os._exit(7)', 'def test_c(): pass'),
    );

    expect(run.exitCode).toBe(1);
    expect(run.outputs).toMatchObject({ status: 'failed', tests: '3', passed: '1', failed: '2' });
    expect(run.annotations[0]).toMatchObject({
      message: `${TESTS}::test_b: the Python process ended with exit code 7 while this test ran`,
      place: `${TESTS}:3`,
    });
    expect(run.annotations).toHaveLength(2);
    expect(run.junit).toContain('<error message="did not run: the Python process ended with exit code 7">');
  });

  test('a test that waits for ever is stopped, and the line where it waits is named', async () => {
    const run = await runTests(
      withTest('import threading', 'def test_a(): pass', 'def test_b():', '    threading.Event().wait()'),
      { timeout: '16s' },
    );

    expect(run.exitCode).toBe(1);
    expect(run.annotations[0]).toMatchObject({
      message: `${TESTS}::test_b: still ran when the time for all tests, 16s, was over`,
      place: `${TESTS}:4`,
    });
    expect(run.outputs).toMatchObject({ passed: '1', failed: '1' });
    expect(run.message).toContain("or give more time with 'timeout'");
  });

  test('a conftest.py that cannot be imported is a failure with its place', async () => {
    const run = await runTests({
      ...withTest('def test_a(): pass'),
      'transforms/tests/conftest.py': '\nraise ValueError("no data")\n',
    });

    expect(run.exitCode).toBe(1);
    expect(run.annotations[0]).toMatchObject({ place: 'transforms/tests/conftest.py:2' });
    expect(run.annotations[0]?.message).toContain('ValueError: no data');
  });
});

describe('what is wrong before a test can run', () => {
  test('an error in a transform fails with its finding, and no test runs', async () => {
    const run = await runTests({ ...withTest('def test_a(): pass'), ...pairFiles({}, { 10: '' }) });

    expect(run.exitCode).toBe(1);
    expect(run.annotations[0]).toMatchObject({ title: 'function-not-attached', level: 'error' });
    expect(run.message).toContain('The transforms were not tested, because they have an error');
    expect(run.outputs).toEqual({ status: 'failed', transforms: '1' });
    expect(run.lines).toEqual([]);
  });

  const cases: Readonly<
    Record<string, readonly [Parameters<typeof runTests>[0], Readonly<Record<string, string>>, string]>
  > = {
    'no transform': [{ 'transforms/a.py': '' }, {}, "input 'transforms': there is no definition in these folders"],
    'no test': [
      pairFiles(),
      {},
      "input 'tests': there is no test; looked in 'test', 'tests', 'transforms/test' and 'transforms/tests'. A test is",
    ],
    'a folder that is not there': [pairFiles(), { tests: 'spec' }, "input 'tests': 'spec' does not exist"],
    'a file that is no test': [
      pairFiles(),
      { tests: 'transforms/add_column.json' },
      "'transforms/add_column.json' is neither a folder nor a Python file",
    ],
    'requirements that are not there': [
      withTest('def test_a(): pass'),
      { requirements: 'reqs.txt' },
      "input 'requirements': the file cannot be read (ENOENT)",
    ],
    'another Spark': [
      { ...withTest('def test_a(): pass'), 'reqs.txt': 'pyspark' },
      { requirements: 'reqs.txt' },
      "input 'requirements': line 1, 'pyspark', is given by the Glue version; leave it out",
    ],
  };
  for (const [name, [files, inputs, message]] of Object.entries(cases)) {
    test(`${name} is bad input`, async () => {
      const run = await runTests(files, inputs);
      expect([run.exitCode, run.message]).toEqual([2, expect.stringContaining(message)]);
    });
  }

  test('a file without a test function is bad input', async () => {
    const run = await runTests(withTest('number = 1'));
    expect([run.exitCode, run.message]).toEqual([2, expect.stringContaining('pytest found no test in these files')]);
  });
});

describe('a machine without the Python of a Glue version', () => {
  const empty = mkdtempSync(path.join(os.tmpdir(), 'headgate-no-python-'));
  const before = { ...process.env };

  beforeAll(() => {
    symlinkSync(java.path, path.join(empty, 'java'));
    Object.assign(process.env, { PATH: empty, PYENV_ROOT: empty, XDG_DATA_HOME: empty, UV_PYTHON_INSTALL_DIR: empty });
    delete process.env.HEADGATE_PYTHON;
  });
  afterAll(() => {
    process.env = before;
    rmSync(empty, { recursive: true });
  });

  test('fails and says how to get it', async () => {
    const run = await runTests(withTest('def test_a(): pass'));
    expect(run.exitCode).toBe(1);
    expect(run.message).toContain(
      'The tests cannot run here: for Glue 5.1, Python 3.11 with its venv module was not found',
    );
    expect(run.message).toContain("or have its transforms only checked with 'when-missing: check'");
  });

  test('or only checks, and says so everywhere', async () => {
    const files = { ...withTest('def test_a(): pass'), ...transformFiles('rename') };
    const run = await runTests(files, { 'when-missing': 'check' });

    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({
      ...{ status: 'checked', transforms: '2', tests: '0', passed: '0', failed: '0', untested: '1' },
      ...{ versions: '', 'versions-missing': '5.1' },
    });
    expect(run.report).toContain('## Tests of Glue transforms: checked');
    expect(run.report).toContain('| `add_column` | ⚠️ only checked |');
    expect(run.lines.join('\n')).toContain('warning: Glue 5.1 is only checked, not tested: Python 3.11');
    expect(run.lines.join('\n')).toContain('no test was run, 1 without a test, Glue 5.1 only checked');
    expect(run.junit).toContain('tests="1" failures="0" errors="0" skipped="1"');
  });
});

describe('processes of tests', () => {
  /** A test that starts a process, and waits with it until someone ends them; both are connected to the port. */
  const waiting = (port: number) => [
    'import socket, subprocess, sys',
    `WAIT = "import socket; socket.create_connection(('127.0.0.1', ${port})).recv(1)"`,
    'def test_waits():',
    '    subprocess.Popen([sys.executable, "-c", WAIT])',
    '    exec(WAIT)',
  ];

  /** Resolves with both connections. */
  async function listen() {
    const server = createServer();
    const sockets: Socket[] = [];
    const connected = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('error', () => {});
        socket.resume();
        if (sockets.push(socket) === 2) resolve();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const closed = async () => await Promise.all(sockets.map((each) => each.closed || once(each, 'close')));
    return { port: (server.address() as AddressInfo).port, connected, closed, stop: () => server.close() };
  }

  test('end when the operation is cancelled', async () => {
    const watch = await listen();
    const abort = new AbortController();
    const running = runTests(withTest(...waiting(watch.port)), {}, { signal: abort.signal });
    await watch.connected;
    abort.abort(new Error('SIGINT'));
    const run = await running;

    expect(run.exitCode).toBe(130);
    expect(run.message).toContain("'glue-transform test' was cancelled");
    expect(await watch.closed()).toHaveLength(2);
    watch.stop();
  });

  test('end when the process of the operation is killed', async () => {
    const watch = await listen();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-killed-tests-'));
    const program = path.join(import.meta.dirname, 'tests-process.ts');
    const child = spawn(process.execPath, [program, waiting(watch.port).join('\n')], {
      stdio: 'ignore',
      // What the killed process leaves is removed with the folder.
      env: { ...process.env, TMPDIR: folder },
    });
    await watch.connected;
    child.kill('SIGKILL');

    expect(await watch.closed()).toHaveLength(2);
    watch.stop();
    rmSync(folder, { recursive: true });
  });
});

describe('what tests need', () => {
  const before = { ...process.env };
  const cache = mkdtempSync(path.join(os.tmpdir(), 'headgate-test-requirements-'));
  const requested: string[] = [];
  /** A package index with one package, which is pure Python. */
  const index = createHttpServer(async (request, response) => {
    requested.push(request.url ?? '');
    if (request.url === '/simple/tiny/') {
      response
        .setHeader('Content-Type', 'text/html')
        .end('<a href="/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>');
    } else if (request.url === '/tiny-1.0-py3-none-any.whl') response.end(await tinyWheel());
    else response.writeHead(404).end();
  });

  beforeAll(async () => {
    index.listen(0, '127.0.0.1');
    await once(index, 'listening');
    const address = `http://127.0.0.1:${(index.address() as AddressInfo).port}/simple`;
    Object.assign(process.env, { HEADGATE_CACHE: cache, PIP_INDEX_URL: address, NO_PROXY: '127.0.0.1' });
    Object.assign(process.env, { PIP_CONFIG_FILE: '/dev/null', PIP_NO_CACHE_DIR: '1' });
  });
  afterAll(() => {
    process.env = before;
    index.close();
    rmSync(cache, { recursive: true });
  });

  const install = async (text: string, said: string[] = []) =>
    await installRequirements({
      ...{ text, spark, say: (line: string) => void said.push(line) },
      signal: new AbortController().signal,
    });

  test('is installed once, without the file that may name a password', async () => {
    const said: string[] = [];
    const directory = await install('tiny==1.0\n', said);

    expect(path.dirname(path.dirname(directory))).toBe(cache);
    expect(readdirSync(directory).sort()).toEqual(['tiny-1.0.dist-info', 'tiny.py']);
    expect(said).toEqual([`Installing what the tests need into ${directory} (once).`]);
    const before = requested.length;
    expect(await install('tiny==1.0\n', said)).toBe(directory);
    expect([requested.length, said.length]).toEqual([before, 1]);
  });

  test('that there is not, is said in the words of pip, and leaves nothing', async () => {
    const before = readdirSync(path.join(cache, 'engines')).length;
    await expect(install('tiny==2.0\n')).rejects.toThrow(
      /^Could not install what the tests need: [\s\S]*No matching distribution found for tiny==2\.0[\s\S]*\nLikely cause: a package has no such version, or none as a wheel for Python 3\.11/,
    );
    expect(readdirSync(path.join(cache, 'engines'))).toHaveLength(before);
  });
});

async function tinyWheel(): Promise<Buffer> {
  const zip = new ZipFile();
  const files = {
    'tiny.py': 'number = 1\n',
    'tiny-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n',
    'tiny-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'tiny-1.0.dist-info/RECORD':
      'tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n',
  };
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return await buffer(zip.outputStream);
}

describe('tests on Spark', () => {
  test(
    'have frames, the transform on DynamicFrame, functions of its file on the workers, and the master asked for',
    async () => {
      const python = {
        1: 'from awsglue import DynamicFrame\nfrom pyspark.sql.types import StringType',
        5: [
          'def shout(text):',
          '    return text.upper()',
          '',
          '',
          'def add_column(self, columnName, number=None, tags=None):',
        ].join('\n'),
        6: '    df = self.toDF().withColumn(columnName, F.udf(shout, StringType())("name"))',
      };
      const run = await runTests(
        {
          ...pairFiles({}, python),
          [TESTS]: [
            'import add_column',
            'import pytest',
            'from glue_tests import rows',
            'def test_frame(dynamic_frame):',
            '    frame = dynamic_frame([{"id": 1, "name": "a"}, {"id": 2}], "id int, name string")',
            '    assert rows(frame.toDF()) == [{"id": 1, "name": "a"}, {"id": 2, "name": None}]',
            '    assert dynamic_frame([], "id int").count() == 0',
            'def test_transform(dynamic_frame):',
            '    frame = dynamic_frame([(1, "a")], ["id", "name"])',
            '    assert rows(frame.add_column(columnName="loud")) == [{"id": 1, "name": "a", "loud": "A"}]',
            'def test_settings(spark, glue_context):',
            '    assert spark.sparkContext.master == "local[1]"',
            '    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"',
            '    assert glue_context.spark_session is spark',
            '    assert spark.sparkContext._jvm.java.util.TimeZone.getDefault().getID() == "UTC"',
            'def test_misspelt(dynamic_frame):',
            '    dynamic_frame([{"id": 1, "nmae": "a"}], "id int, name string")',
            'def test_no_schema(dynamic_frame):',
            '    with pytest.raises(ValueError, match="there are no rows, so give a schema"):',
            '        dynamic_frame([])',
            'def test_credentials():',
            '    import boto3',
            '    assert boto3.Session().get_credentials() is None',
            'def test_spark_dies(spark):',
            '    spark.sparkContext._jvm.java.lang.Runtime.getRuntime().halt(52)',
            'def test_after(spark): pass',
          ].join('\n'),
        },
        { cores: '1' },
      );

      const failed = run.annotations.map(({ message }) => message);
      expect(failed).toHaveLength(4);
      expect(failed[0]).toBe(
        `${TESTS}::test_misspelt: ValueError: dynamic_frame: a row has 'nmae', but the schema has the columns id, name`,
      );
      expect(failed[1]).toContain(`${TESTS}::test_spark_dies: `);
      expect(failed[2]).toContain('pytest: the Java process of Spark has ended with 52');
      expect(run.message).toContain('does not fit into the memory of Spark');
      expect(run.outputs).toMatchObject({ passed: '5', failed: '3', skipped: '1' });
      expect(run.lines.join('\n')).toMatch(/info: Spark 3\.5\.6 has started in \d+\.\d s\./);
      expect(run.result).toMatchObject({ data: { result: { versions: [{ sparkStartSeconds: expect.any(Number) }] } } });
    },
    5 * MINUTES,
  );
});
