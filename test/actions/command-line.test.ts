import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCommandLine } from '../../actions/command-line.ts';
import { BadInput } from '../../lib/errors.ts';
import { codePoint } from '../support/code-point.ts';

/** Words and inputs of a command line. */
function parsed(...parts: string[]) {
  const { words, inputs } = parseCommandLine(parts);
  return { words, inputs: Object.fromEntries(inputs) };
}

const problems = (...parts: string[]): string[] => {
  try {
    parseCommandLine(parts);
    return [];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return error.problems.map(({ message }) => message);
  }
};

describe('inputs', () => {
  test.each<[string[], Record<string, string>]>([
    [['--branch', 'main'], { branch: 'main' }],
    [['--branch=main'], { branch: 'main' }],
    [['--branch='], { branch: '' }],
    [['--parameters=A: b=c'], { parameters: 'A: b=c' }],
    [['--tags', 'a=b'], { tags: 'a=b' }],
    [['--branch=feature/a;b $(c)'], { branch: 'feature/a;b $(c)' }],
    [['--parameters=A: 1\nB: 2'], { parameters: 'A: 1\nB: 2' }],
    [['--bootstrap'], { bootstrap: 'true' }],
    [['--bootstrap', '--branch', 'x'], { bootstrap: 'true', branch: 'x' }],
    [['--bootstrap', 'false'], { bootstrap: 'false' }],
    [['--capabilities', '- CAPABILITY_IAM'], { capabilities: '- CAPABILITY_IAM' }],
    [['--min', '-3'], { min: '-3' }],
    [['--min=--x'], { min: '--x' }],
    [['--branch', ''], { branch: '' }],
  ])('%j', (parts, inputs) => {
    expect(parsed('a', 'b', ...parts)).toEqual({ words: ['a', 'b'], inputs });
  });

  test('words may stand anywhere', () => {
    expect(parsed('branch-stack', '--ttl', '7d', 'deploy')).toEqual({
      words: ['branch-stack', 'deploy'],
      inputs: { ttl: '7d' },
    });
  });
});

describe('switches', () => {
  const off = { json: false, quiet: false, help: false, version: false, cleanup: false };

  test.each(['json', 'quiet', 'help', 'version', 'cleanup'] as const)('--%s takes no value and is no input', (name) => {
    const { words, inputs, ...switches } = parseCommandLine([`--${name}`, 'branch-stack', 'deploy']);
    expect({ words, inputs: inputs.size, ...switches }).toEqual({
      ...off,
      words: ['branch-stack', 'deploy'],
      inputs: 0,
      [name]: true,
    });
  });

  test('-h is help', () => expect(parseCommandLine(['-h'])).toMatchObject({ ...off, help: true }));

  test('an empty command line is no error', () => {
    expect(parseCommandLine([])).toEqual({ words: [], inputs: new Map(), ...off });
  });
});

describe('refused', () => {
  test('an input that is given twice', () => {
    expect(problems('a', 'b', '--ttl', '7d', '--ttl=8d')).toEqual(["input 'ttl': was given twice"]);
  });

  test('a third word, which is most often a value without its flag', () => {
    expect(problems('branch-stack', 'deploy', 'main', 'x')).toEqual([
      "'main' is one word too many; inputs are flags, for example '--branch main'",
      "'x' is one word too many; inputs are flags, for example '--branch main'",
    ]);
  });

  test('a short flag and a malformed one, as words too many', () => {
    expect(problems('a', 'b', '-x', '--', '--UPPER')).toHaveLength(3);
  });

  test('a switch with a value that it cannot have', () => {
    expect(problems('a', 'b', '--json=false')).toEqual(["'--json' takes no value"]);
  });

  test('but not the words of `local`, which reads them itself', () => {
    expect(problems('local', 'start', 'one', 'two')).toEqual([]);
  });
});

test('any arguments are parsed or refused', () => {
  const part = fc.oneof(fc.constantFrom('--a', '--a=b', '--json', '--', '-', '-h', 'word', '--é', ''), fc.string());
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      expect(Array.isArray(problems(...parts))).toBe(true);
    }),
  );
});

test('a value comes through as it is, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (value) => {
      expect(parsed('a', 'b', `--branch=${value}`).inputs).toEqual({ branch: value });
    }),
  );
});
