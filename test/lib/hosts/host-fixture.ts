import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import type { HostOptions } from '../../../lib/hosts/detect.ts';

/** A stream that keeps what is written to it. */
export class Kept extends Writable {
  text = '';
  isTTY = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Fixture {
  readonly directory: string;
  readonly stdout: Kept;
  readonly stderr: Kept;
  options(environment?: NodeJS.ProcessEnv, more?: Partial<HostOptions>): HostOptions;
  remove(): void;
}

/** A temporary workspace and streams to look at. */
export function fixture(): Fixture {
  const directory = mkdtempSync(path.join(tmpdir(), 'headgate-host-'));
  const stdout = new Kept();
  const stderr = new Kept();
  return {
    directory,
    stdout,
    stderr,
    options: (environment = {}, more = {}) => ({
      environment,
      cwd: directory,
      stdout,
      stderr,
      flags: { json: false, quiet: false },
      ...more,
    }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What the runner makes of a command file (actions/runner, FileCommandManager): heredoc entries by name. */
export function readCommandFile(text: string): Record<string, string> {
  const lines = text.split('\n');
  const values: Record<string, string> = {};
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    at += 1;
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter, at);
      if (end < 0) throw new Error(`delimiter ${delimiter} is missing`);
      values[line.slice(0, heredoc)] = lines.slice(at, end).join('\n');
      at = end + 1;
    } else if (equals >= 0) values[line.slice(0, equals)] = line.slice(equals + 1);
    else throw new Error(`invalid line ${line}`);
  }
  return values;
}
