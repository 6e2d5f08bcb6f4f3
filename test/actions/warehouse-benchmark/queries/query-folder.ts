import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A workspace with files, by their paths, for one test. */
export class QueryFolder {
  readonly workspace = mkdtempSync(path.join(tmpdir(), 'headgate-queries-'));

  write(files: Readonly<Record<string, string | Uint8Array>>): string {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.workspace, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return path.join(this.workspace, 'q');
  }

  link(target: string, name: string): void {
    const file = path.join(this.workspace, name);
    mkdirSync(path.dirname(file), { recursive: true });
    symlinkSync(target, file);
  }

  remove(): void {
    rmSync(this.workspace, { recursive: true, force: true });
  }
}

/** A text as dsqgen writes it, with one query a number; the stream is the parameter. */
export function kitStream(stream: number, numbers: readonly number[]): string {
  return numbers
    .map((number, at) => {
      const comment = `query ${at + 1} in stream ${stream} using template query${number}.tpl`;
      return `-- start ${comment} and seed 7\nselect ${number}, ${stream};\n\n-- end ${comment}\n`;
    })
    .join('');
}
