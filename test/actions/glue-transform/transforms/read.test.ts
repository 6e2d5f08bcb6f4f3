import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { GLUE_VERSIONS } from '../../../../actions/glue-transform/transforms/facts/glue-versions.ts';
import { readTransforms } from '../../../../actions/glue-transform/transforms/read.ts';
import { briefly, DEFINITION, inWorkspace, type Lines, PYTHON, pairFiles, readFiles, withLines } from './pair.ts';

describe('files', () => {
  test('other JSON files, tests, hidden folders and helpers are left alone', async () => {
    const result = await readFiles({
      ...pairFiles(),
      'transforms/package.json': '{ "name": "not-a-transform", }',
      'transforms/data.json': '[1, 2',
      'transforms/helper.py': 'this is not python',
      'transforms/tests/add_column.json': '{',
      'transforms/tests/add_column.py': '(',
      'transforms/.git/add_column.json': '{',
      'transforms/.git/add_column.py': '(',
    });

    expect(result.findings).toEqual([]);
    expect(result.definitions).toBe(1);
  });

  test('a definition is found by its name or its Python file, and given once when two paths lead to it', async () => {
    await inWorkspace(pairFiles(), async (workspace) => {
      const paths = ['transforms/add_column.py', 'transforms/add_column.json', path.join(workspace, 'transforms')];
      const { transforms, definitions } = await readTransforms({ paths, workspace });

      expect(definitions).toBe(1);
      expect(transforms.map(({ pythonFile }) => pythonFile.path)).toEqual(['transforms/add_column.py']);
    });
  });

  test('a link that leads out of the workspace is refused, and one inside is followed', async () => {
    const outside = mkdtempSync(path.join(os.tmpdir(), 'headgate-outside-'));
    try {
      writeFileSync(path.join(outside, 'evil.py'), PYTHON);
      await inWorkspace(
        { ...pairFiles(), 'shared/code.py': PYTHON.replaceAll('add_column', 'b') },
        async (workspace) => {
          symlinkSync(path.join(outside, 'evil.py'), path.join(workspace, 'transforms/evil.py'));
          symlinkSync('../shared/code.py', path.join(workspace, 'transforms/b.py'));
          symlinkSync('.', path.join(workspace, 'transforms/loop'));
          const linked = withLines(DEFINITION.replaceAll('add_column', 'b'), { 3: '  "displayName": "B",' });
          writeFileSync(path.join(workspace, 'transforms/b.json'), linked);
          const result = await readTransforms({ paths: ['transforms'], workspace });

          expect(briefly(result)).toEqual(['link-outside evil.py:1']);
          expect(result.transforms.map(({ name }) => name)).toEqual(['add_column', 'b']);
        },
      );
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  test.each([
    ['missing', "'missing' does not exist"],
    ['..', 'leads out of the workspace'],
    ['notes.txt', 'is neither a folder nor a definition'],
    ['alone.py', 'has no definition beside it'],
  ])('the path %s is bad input', async (given, says) => {
    await inWorkspace({ 'notes.txt': '', 'alone.py': '' }, async (workspace) => {
      await expect(readTransforms({ paths: [given], workspace })).rejects.toThrow(says);
    });
  });

  test('only the first findings of a file are shown, with how many there are', async () => {
    const python = Array.from({ length: 300 }, (_, n) => `from . import m${n}`).join('\n');
    const { findings } = await readFiles(pairFiles({}, { 4: python }));

    expect(findings).toHaveLength(101);
    expect(findings.find(({ rule }) => rule === 'too-many-findings')?.message).toContain('has 300 findings');
  });
});

describe('what is right is not reported', () => {
  test.each<readonly [string, Lines]>([
    ['setattr', { 10: "setattr(DynamicFrame, 'add_column', add_column)" }],
    [
      'another name for DynamicFrame',
      { 1: 'from awsglue import DynamicFrame as DF', 7: '    return self', 10: 'DF.add_column = add_column' },
    ],
    [
      'the module awsglue.dynamicframe',
      {
        1: 'import awsglue.dynamicframe',
        7: '    return self',
        10: 'awsglue.dynamicframe.DynamicFrame.add_column = add_column',
      },
    ],
    ['from awsglue.dynamicframe', { 1: 'from awsglue.dynamicframe import DynamicFrame' }],
    ['an import of everything', { 1: 'from awsglue.dynamicframe import *' }],
    [
      'another name for the function',
      {
        5: 'def implementation(self, columnName, number=None, tags=None):',
        10: 'DynamicFrame.add_column = implementation',
      },
    ],
    ['a lambda', { 10: 'DynamicFrame.add_column = lambda self, columnName, number=None, tags=None: self' }],
    ['two targets', { 10: 'DynamicFrame.other = DynamicFrame.add_column = add_column' }],
    ['under a condition', { 10: 'if True:\n    DynamicFrame.add_column = add_column' }],
    ['keyword-only parameters', { 5: 'def add_column(self, *, columnName, number=None, tags=None):' }],
    ['keywords of any name', { 5: 'def add_column(self, columnName, **others):', 6: '    df = self.toDF()' }],
    ['any arguments', { 5: 'def add_column(*args, **kwargs):', 6: '    self = args[0]\n    df = self' }],
    [
      'types and defaults of the right type',
      {
        5: 'def add_column(self: DynamicFrame, columnName: str, number: int = -7, tags: list = ["a"]) -> DynamicFrame:',
      },
    ],
    ['a default that is calculated', { 5: 'def add_column(self, columnName, number=F.NUMBER, tags=None):' }],
    ['an import that may fail', { 4: 'try:\n    import geopy\nexcept ImportError:\n    geopy = None' }],
    ['an import for type checkers', { 4: 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import geopy' }],
    [
      'a replaced standard module',
      { 4: 'try:\n    import tomllib\nexcept ModuleNotFoundError:\n    import tomli as tomllib' },
    ],
    [
      'an error at the end',
      {
        7: '    if number:\n        return DynamicFrame.fromDF(df, self.glue_ctx, self.name)\n    raise ValueError("number")',
      },
    ],
    [
      'a return on both paths',
      {
        7: '    if number:\n        return self\n    else:\n        return DynamicFrame.fromDF(df, self.glue_ctx, self.name)',
      },
    ],
    ['a return in try', { 7: '    try:\n        return self\n    finally:\n        print("x")' }],
    ['an endless loop', { 7: '    while True:\n        return self' }],
    ['a function in the function', { 7: '    def inner(row):\n        return None\n    return self.map(inner)' }],
    [
      'a variable that was a DataFrame',
      { 7: '    df = DynamicFrame.fromDF(df, self.glue_ctx, self.name)\n    return df' },
    ],
  ])('%s', async (_name, python) => {
    const { findings } = await readFiles(pairFiles({}, python), GLUE_VERSIONS);

    expect(findings).toEqual([]);
  });

  test('the options that the user guide shows: on a str, as one text with commas, and the columns', async () => {
    const result = await readFiles(
      pairFiles({
        10: '      "type": "str", "listOptions": "column",',
        20: '      "isOptional": true',
        27: '      "listOptions": "red,green,dark blue",',
      }),
    );

    expect(result.findings).toEqual([]);
    const [column, , tags] = result.transforms[0]?.definition.parameters ?? [];
    expect(column?.listOptions).toBe('column');
    expect(tags?.listOptions).toContainEqual({ label: 'dark blue', value: 'dark blue' });
  });
});

describe('Glue versions', () => {
  test('only the chosen ones count', async () => {
    const files = pairFiles(
      {},
      { 4: 'import imp', 6: '    match number:\n        case 1:\n            pass\n    df = self.toDF()' },
    );

    expect(briefly(await readFiles(files, ['4.0', '5.0']))).toEqual([]);
    expect(briefly(await readFiles(files, ['6.0']))).toEqual(['import-not-in-python add_column.py:4']);
    expect(briefly(await readFiles(files, ['3.0']))).toEqual(['python-syntax-too-new add_column.py:6']);
    expect(briefly(await readFiles(files))).toEqual([]);
  });
});
