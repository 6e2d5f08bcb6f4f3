import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import catalogue from '../../../../actions/glue-transform/catalogue.ts';
import check from '../../../../actions/glue-transform/check.ts';
import { RULES } from '../../../../actions/glue-transform/transforms/rules.ts';
import type { HostName } from '../../../../lib/hosts/host.ts';
import { runOperation } from '../../../../lib/operation/run.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';
import { DEFINITION, type Files, inWorkspace, PYTHON, pairFiles, withLines } from '../transforms/pair.ts';

const OPERATIONS = { check, catalogue };

/** Runs an operation in a workspace with these files; `look` sees the workspace before it goes. */
async function run(
  operation: keyof typeof OPERATIONS,
  files: Files,
  inputs: Readonly<Record<string, string>> = {},
  hostName: HostName = 'terminal',
) {
  return await inWorkspace(files, async (workspace) => {
    const kept = memoryHost();
    try {
      const exitCode = await runOperation({
        operation: OPERATIONS[operation],
        host: { ...kept, name: hostName, workspace },
        raw: (name: string) => inputs[name],
        version: '1.2.3',
        clock: quickClock,
        randomHex: (bytes: number) => 'ab'.repeat(bytes),
        signal: new AbortController().signal,
      });
      const read = (file: string) => {
        const place = path.join(workspace, file);
        return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
      };
      const written = ['check.sarif', 'code-quality.json', 'catalogue/catalogue.md', 'catalogue/catalogue.html'];
      return {
        exitCode,
        outputs: kept.outputs,
        annotations: kept.annotations,
        report: kept.summaries.join('\n'),
        written: Object.fromEntries(written.map((name) => [name, read(`.headgate/glue-transform/${name}`)])),
        definition: read('transforms/add_column.json'),
        page: read('docs/catalogue.html'),
      };
    } finally {
      kept.remove();
    }
  });
}

describe('check', () => {
  test('passes a right pair and says so', async () => {
    const { exitCode, outputs, annotations, report } = await run('check', pairFiles());

    expect(exitCode).toBe(0);
    expect(annotations).toEqual([]);
    expect(outputs).toMatchObject({ status: 'passed', transforms: '1', errors: '0', warnings: '0', fixed: '0' });
    expect(report).toContain('## Glue transforms: passed\n\n1 transform, 0 errors, 0 warnings');
  });

  test('fails for an error, with annotations, a table, outputs and both files', async () => {
    const files = pairFiles({ 4: '' }, { 5: 'def add_column(self, columnName, number="7", tags=None):' });
    const { exitCode, outputs, annotations, report, written } = await run('check', files);

    expect(exitCode).toBe(1);
    expect(annotations.map(({ level, title, file, line }) => [level, title, file, line])).toEqual([
      ['error', 'default-of-other-type', 'transforms/add_column.py', 5],
      ['warning', 'description-missing', 'transforms/add_column.json', 1],
      ['error', 'headgate glue-transform check', undefined, undefined],
    ]);
    expect(outputs).toMatchObject({
      status: 'failed',
      errors: '1',
      warnings: '1',
      sarif: '.headgate/glue-transform/check.sarif',
      'code-quality': '.headgate/glue-transform/code-quality.json',
    });
    expect(report).toContain('| ❌ error | `transforms/add_column.py:5` | `default-of-other-type` |');
    const sarif = JSON.parse(written['check.sarif'] ?? '');
    expect(sarif.runs[0].tool.driver.rules).toHaveLength(Object.keys(RULES).length);
    expect(sarif.runs[0].results.map((result: { ruleId: string }) => result.ruleId)).toEqual([
      'description-missing',
      'default-of-other-type',
    ]);
    const issues = JSON.parse(written['code-quality.json'] ?? '');
    expect(issues.map((issue: { severity: string }) => issue.severity)).toEqual(['minor', 'major']);
  });

  test('warnings fail the step when that is wanted', async () => {
    const files = pairFiles({ 4: '' });

    expect((await run('check', files)).exitCode).toBe(0);
    const strict = await run('check', files, { 'warnings-as-errors': 'true' });
    expect(strict.exitCode).toBe(1);
    expect(strict.outputs.status).toBe('failed');
  });

  test('on GitLab the report of the annotations is the code quality report, and no second one is made', async () => {
    const { outputs, written } = await run('check', pairFiles({ 4: '' }), {}, 'gitlab');

    expect(outputs['code-quality']).toBe('.headgate/code-quality.json');
    expect(written['code-quality.json']).toBeUndefined();
  });

  test('fix corrects what is certain, and nothing else in the file', async () => {
    const broken = withLines(DEFINITION, {
      3: '  "displayName": " Add a\\u0020column \\t",',
      12: '',
      18: '      "displayName": "Number ",',
    });
    const files = { ...pairFiles(), 'transforms/add_column.json': `\ufeff${broken}` };
    const { exitCode, outputs, definition } = await run('check', files, { fix: 'true' });

    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ fixed: '4', errors: '0', warnings: '0' });
    expect(definition).toBe(
      withLines(DEFINITION, {
        3: '  "displayName": "Add a\\u0020column",',
        12: '',
        13: '      "validationType": "RegularExpression",\n\n      "validationRule": "^\\\\w+$",',
      }),
    );
    expect(
      (await run('check', { ...files, 'transforms/add_column.json': definition ?? '' }, { fix: 'true' })).outputs.fixed,
    ).toBe('0');
  });

  test('without fix no file is written', async () => {
    const files = pairFiles({ 18: '      "displayName": "Number ",' });

    expect((await run('check', files)).definition).toBe(files['transforms/add_column.json']);
  });

  test.each<readonly [string, Files, Readonly<Record<string, string>>]>([
    ['no definitions', { 'transforms/helper.py': '' }, {}],
    ['no such folder', {}, {}],
    ['an unknown Glue version', pairFiles(), { 'glue-versions': '2.0' }],
  ])('%s is bad input', async (_name, files, inputs) => {
    expect((await run('check', files, inputs)).exitCode).toBe(2);
  });
});

describe('catalogue', () => {
  test('is one page with every parameter, in Markdown and HTML, the same each time', async () => {
    const first = await run('catalogue', pairFiles());
    const second = await run('catalogue', pairFiles());

    expect(first.exitCode).toBe(0);
    expect(first.written).toEqual(second.written);
    expect(first.outputs).toMatchObject({ transforms: '1', html: '.headgate/glue-transform/catalogue/catalogue.html' });
    const markdown = first.written['catalogue/catalogue.md'] ?? '';
    expect(markdown).toContain('## Add a column\n\nAdds a column with a fixed value.');
    expect(markdown).toContain('| Tags | `tags` | list of str | no |  | Some of: red, green. |');
    const html = first.written['catalogue/catalogue.html'] ?? '';
    expect(html).toContain(
      '<th scope="row"><bdi>Column</bdi></th><td><code>columnName</code></td><td>str</td><td>yes</td>',
    );
    expect(html).not.toMatch(/<(script|link|img)|https?:/);
  });

  test('nothing in a text becomes markup', async () => {
    const files = pairFiles({
      3: '  "displayName": "<script>alert(1)</script> | [x](http://evil) \\" onload=\\"x",',
      27: '      "listOptions": ["</td><img src=x>", "@everyone"],',
    });
    const { written, exitCode } = await run('catalogue', files, { title: '<b>&amp;</b>' });

    expect(exitCode).toBe(0);
    const html = written['catalogue/catalogue.html'] ?? '';
    expect(html).not.toMatch(/<script|<img|<b>|" onload/);
    expect(html).toContain('<title>&#60;b&#62;&#38;amp;&#60;/b&#62;</title>');
    expect(written['catalogue/catalogue.md']).not.toMatch(/<script|<img|\[x\]\(http|@everyone/);
  });

  test('is written where output says, and refused while a transform has errors', async () => {
    expect((await run('catalogue', pairFiles(), { output: 'docs' })).page).toContain('<!doctype html>');
    const broken = await run('catalogue', pairFiles({}, { 10: '' }));
    expect(broken.exitCode).toBe(1);
    expect(broken.written['catalogue/catalogue.md']).toBeUndefined();
  });

  test('transforms come by their displayed names', async () => {
    const b = withLines(DEFINITION.replaceAll('add_column', 'b'), { 3: '  "displayName": "A first one",' });
    const { written } = await run('catalogue', {
      ...pairFiles(),
      'transforms/b.json': b,
      'transforms/b.py': PYTHON.replaceAll('add_column', 'b'),
    });

    const headings = [...(written['catalogue/catalogue.md'] ?? '').matchAll(/^## (.*)$/gm)].map(
      ([, heading]) => heading,
    );
    expect(headings).toEqual(['A first one', 'Add a column']);
  });
});
