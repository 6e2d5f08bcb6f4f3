import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import testOperation from '../../../../actions/glue-transform/test.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import { runOperation } from '../../../../lib/operation/run.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';
import { type Files, inWorkspace, pairFiles } from '../transforms/pair.ts';

/** What a run left, and how the workspace looked then. */
export type TestRun = Awaited<ReturnType<typeof runTests>>;

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Gets each line of the log as it comes, and the workspace. */
  readonly onLine?: (line: string, workspace: string) => void;
}

/** Runs `glue-transform test` in a new workspace with these files. */
export async function runTests(
  files: Files,
  inputs: Readonly<Record<string, string>> = {},
  { signal = new AbortController().signal, onLine = () => {} }: RunOptions = {},
) {
  return await inWorkspace(files, async (workspace) => {
    const kept = memoryHost();
    const told = (level: 'debug' | 'info' | 'warning' | 'error') => (line: string) => {
      kept.log[level](line);
      onLine(line, workspace);
    };
    const log: Log = {
      ...{ debug: told('debug'), info: told('info'), warning: told('warning'), error: told('error') },
      group: (title, work) => kept.log.group(title, work),
    };
    try {
      const exitCode = await runOperation({
        operation: testOperation,
        host: { ...kept, workspace, log },
        raw: (name: string) => inputs[name],
        version: '1.2.3',
        clock: quickClock,
        randomHex: (bytes: number) => 'ab'.repeat(bytes),
        signal,
      });
      const junit = path.join(workspace, '.headgate', 'glue-transform', 'test', 'junit.xml');
      const result = path.join(workspace, '.headgate', 'results', 'glue-transform-test.json');
      return {
        exitCode,
        outputs: kept.outputs,
        annotations: kept.annotations.map(({ level, title, file, line, message }) => ({
          ...{ level, title, message },
          place: file === undefined ? undefined : `${file}:${line}`,
        })),
        /** The one that says why the operation failed. */
        message: kept.annotations.at(-1)?.message ?? '',
        report: kept.summaries.join('\n'),
        lines: kept.lines,
        junit: existsSync(junit) ? readFileSync(junit, 'utf8') : undefined,
        result: existsSync(result) ? (JSON.parse(readFileSync(result, 'utf8')) as unknown) : undefined,
        /** Every file of the workspace but those below `.headgate`. */
        left: readdirSync(workspace, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(workspace, path.join(entry.parentPath, entry.name)))
          .filter((file) => !file.startsWith('.headgate/'))
          .sort(),
      };
    } finally {
      kept.remove();
    }
  });
}

/** A transform without findings, under another name than `add_column`. */
export function transformFiles(name: string): Files {
  const { 'transforms/add_column.json': json = '', 'transforms/add_column.py': python = '' } = pairFiles();
  const renamed = json
    .replaceAll('"add_column"', `"${name}"`)
    .replace('"displayName": "Add a column"', `"displayName": "The ${name}"`);
  return {
    [`transforms/${name}.json`]: renamed,
    [`transforms/${name}.py`]: python.replaceAll('add_column', name),
  };
}

export { pairFiles };
