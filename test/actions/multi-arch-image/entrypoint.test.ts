import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  candidates,
  programOfEnv,
  programWord,
  scriptLine,
  startConfig,
} from '../../../actions/multi-arch-image/entrypoint.ts';

/** Where the program of a configuration may be. */
function places(config: unknown): readonly string[] | undefined {
  const start = startConfig(config)!;
  const word = programWord(start);
  return word === undefined ? undefined : candidates(word, start);
}

describe('the program that a container starts', () => {
  test.each<[string, object | undefined, readonly string[] | undefined]>([
    ['Entrypoint goes before Cmd', { Entrypoint: ['/init', 'x'], Cmd: ['/app'] }, ['/init']],
    ['Cmd alone', { Cmd: ['/bin/sh', '-c', 'app'] }, ['/bin/sh']],
    ['an empty Entrypoint counts as none', { Entrypoint: [], Cmd: ['/app'] }, ['/app']],
    ['null counts as none', { Entrypoint: null, Cmd: null, Env: null }, undefined],
    ['no configuration', undefined, undefined],
    ['PATH of the image', { Cmd: ['app'], Env: ['A=1', 'PATH=/opt/bin:/bin'] }, ['/opt/bin/app', '/bin/app']],
    ['the last PATH counts', { Cmd: ['app'], Env: ['PATH=/old', 'PATH=/new'] }, ['/new/app']],
    ['a directory that is named twice', { Cmd: ['app'], Env: ['PATH=/bin:/bin/'] }, ['/bin/app']],
    [
      'an empty part of PATH is the working directory',
      { Cmd: ['app'], Env: ['PATH=:/bin'], WorkingDir: '/srv' },
      ['/srv/app', '/bin/app'],
    ],
    [
      'without PATH, where runtimes look',
      { Cmd: ['app'] },
      ['/usr/local/sbin/app', '/usr/local/bin/app', '/usr/sbin/app', '/usr/bin/app', '/sbin/app', '/bin/app'],
    ],
    ['a path from the working directory', { Cmd: ['bin/../app'], WorkingDir: 'srv' }, ['/srv/bin/../app']],
  ])('%s', (_, config, expected) => {
    expect(places(config)).toEqual(expected);
  });

  test.each([{ Entrypoint: '/app' }, { Cmd: [1] }, { Env: 'PATH=/bin' }, { WorkingDir: [] }, 'text', []])(
    '%j is no configuration that starts',
    (config) => {
      expect(startConfig(config)).toBeUndefined();
    },
  );

  test('whatever the configuration is, the places are absolute or there are none', () => {
    fc.assert(
      fc.property(
        fc.record({
          Entrypoint: fc.option(fc.array(fc.string())),
          Cmd: fc.option(fc.array(fc.string())),
          Env: fc.option(fc.array(fc.string().map((text) => `PATH=${text}`))),
          WorkingDir: fc.option(fc.string()),
        }),
        (config) => {
          for (const place of places(config) ?? []) expect(place).toMatch(/^\//);
        },
      ),
    );
  });
});

describe('the first line of a script', () => {
  test.each<[string, string, string | undefined]>([
    ['#!/bin/sh\n', '/bin/sh', undefined],
    ['#! \t/bin/sh -eu \nexit', '/bin/sh', '-eu'],
    ['#!/usr/bin/env node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S node --flag a\n', '/usr/bin/env', '-S node --flag a'],
    ['#!/opt/ünï/sh\n', '/opt/ünï/sh', undefined],
  ])('%j', (head, interpreter, argument) => {
    expect(scriptLine(Buffer.from(head))).toEqual({ interpreter, argument });
  });

  test.each(['', '#', '#!', '#! \n/bin/sh', ' #!/bin/sh', '\x7fELF'])('%j is none', (head) => {
    expect(scriptLine(Buffer.from(head))).toBeUndefined();
  });

  test.each([
    ['#!/usr/bin/env node', 'node'],
    ['#!/bin/env -S A=1 B=2 python3 -u', 'python3'],
    ['#!/usr/bin/env --split-string=deno run', 'deno'],
    ['#!/usr/bin/env -i', undefined],
    ['#!/usr/bin/env A=1', undefined],
    ['#!/usr/bin/env', undefined],
    ['#!/bin/sh node', undefined],
  ])('%s starts %s', (head, program) => {
    expect(programOfEnv(scriptLine(Buffer.from(head))!)).toBe(program);
  });

  test('whatever the bytes are, an interpreter is a word', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (rest) => {
        const line = scriptLine(Buffer.concat([Buffer.from('#!'), rest]));
        expect(line?.interpreter ?? 'none').toMatch(/^[^ \t\n\0]+$/);
      }),
    );
  });
});
