import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { GlueVersion } from '../../../../actions/glue-transform/transforms/facts/glue-versions.ts';
import { type ReadResult, readTransforms } from '../../../../actions/glue-transform/transforms/read.ts';

/** A definition without findings. Tests replace lines of it, so the numbers of the lines matter. */
export const DEFINITION = `{
  "name": "add_column",
  "displayName": "Add a column",
  "description": "Adds a column with a fixed value.",
  "functionName": "add_column",
  "parameters": [
    {
      "name": "columnName",
      "displayName": "Column",
      "type": "str",
      "description": "Name of the new column",
      "validationType": "RegularExpression",
      "validationRule": "^\\\\w+$",
      "validationMessage": "Letters, digits and underscores"
    },
    {
      "name": "number",
      "displayName": "Number",
      "type": "int",
      "isOptional": true
    },
    {
      "name": "tags",
      "displayName": "Tags",
      "type": "list",
      "listType": "str",
      "listOptions": ["red", "green"],
      "isOptional": true
    }
  ]
}
`;

/** Its Python file, likewise. */
export const PYTHON = `from awsglue import DynamicFrame
import pyspark.sql.functions as F


def add_column(self, columnName, number=None, tags=None):
    df = self.toDF().withColumn(columnName, F.lit(number))
    return DynamicFrame.fromDF(df, self.glue_ctx, self.name)


DynamicFrame.add_column = add_column
`;

/** Lines to put in the place of others, by their number from 1. */
export type Lines = Readonly<Record<number, string>>;

export function withLines(text: string, lines: Lines): string {
  return text
    .split('\n')
    .map((line, n) => lines[n + 1] ?? line)
    .join('\n');
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Runs `work` in a new folder with these files. */
export async function inWorkspace<T>(files: Files, work: (workspace: string) => Promise<T>): Promise<T> {
  const workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-transforms-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.join(workspace, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(workspace, name), content);
    }
    return await work(workspace);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** Writes files to a new folder and reads the transforms in it. */
export async function readFiles(files: Files, glueVersions?: readonly GlueVersion[]): Promise<ReadResult> {
  return await inWorkspace(files, (workspace) =>
    readTransforms({ paths: ['transforms'], workspace, ...(glueVersions === undefined ? {} : { glueVersions }) }),
  );
}

/** A pair, with lines replaced, as files of a workspace. */
export function pairFiles(json: Lines = {}, python: Lines = {}): Readonly<Record<string, string>> {
  return {
    'transforms/add_column.json': withLines(DEFINITION, json),
    'transforms/add_column.py': withLines(PYTHON, python),
  };
}

/** `rule file:line`, in the order of the findings. */
export function briefly({ findings }: ReadResult): readonly string[] {
  return findings.map(({ rule, file, line }) => `${rule} ${path.posix.basename(file)}:${line}`);
}
