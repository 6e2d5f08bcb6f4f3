import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkParameters } from '../../../../lib/aws/cloudformation/parameters.ts';
import { compileJavaPattern } from '../../../../lib/aws/cloudformation/parameters-constraints.ts';
import type { TemplateParameter } from '../../../../lib/aws/cloudformation/template.ts';
import { codePoint } from '../../../support/code-point.ts';

function template(...parameters: (Partial<TemplateParameter> & { name: string })[]) {
  const entries = parameters.map((parameter): [string, TemplateParameter] => [
    parameter.name,
    { type: 'String', noEcho: false, range: { start: 0, end: 0 }, ...parameter },
  ]);
  return { parameters: new Map(entries) };
}
const messages = (...args: Parameters<typeof checkParameters>) =>
  checkParameters(...args).map(({ message }) => message);

describe('which parameters are given', () => {
  test('a name that is not in the template, with the one that was meant', () => {
    const known = template({ name: 'InstanceType', default: 'x' }, { name: 'Vpc', default: 'x' });
    expect(messages(known, { instanceTyp: 'm' })).toEqual([
      "parameter 'instanceTyp' is not in the template; did you mean 'InstanceType'?",
    ]);
    expect(messages(known, { Colour: 'red' })).toEqual([
      "parameter 'Colour' is not in the template; it has 'InstanceType', 'Vpc'",
    ]);
    expect(messages(template(), { A: 'b' })).toEqual(["parameter 'A' is not in the template; it has no parameters"]);
  });

  test('a missing value is told, unless there is a default or the stack has one', () => {
    const known = template({ name: 'A' }, { name: 'B', default: '' }, { name: 'C' });
    expect(messages(known, {})).toEqual([
      "parameter 'A' (String) has no default and was not given; give it a value",
      "parameter 'C' (String) has no default and was not given; give it a value",
    ]);
    expect(messages(known, {}, ['A', 'C'])).toEqual([]);
  });

  test('a name that objects have is not given by accident', () => {
    expect(messages(template({ name: 'constructor' }), {})).toHaveLength(1);
  });
});

describe('what the values are', () => {
  test.each<[Partial<TemplateParameter>, string, string | undefined]>([
    [{ allowedValues: ['dev', 'prod'] }, 'dev', undefined],
    [{ allowedValues: ['dev', 'prod'] }, 'test', "'test' is not allowed; write 'dev' or 'prod'"],
    [{ allowedValues: ['dev'], constraintDescription: 'ask us' }, 'x', "'x' is not allowed; write 'dev' (ask us)"],
    [{ type: 'CommaDelimitedList', allowedValues: ['a', 'b'] }, 'a, b', undefined],
    [{ type: 'CommaDelimitedList', allowedValues: ['a', 'b'] }, 'a,c', "'c' is not allowed"],
    [{ type: 'CommaDelimitedList', allowedPattern: '[a-z]+' }, 'a,B', "'B' does not match '[a-z]+'"],
    [{ type: 'CommaDelimitedList', allowedPattern: '[a-z]+' }, '', undefined],
    [{ type: 'Number' }, '1.5', undefined],
    [{ type: 'Number' }, '-3e2', undefined],
    [{ type: 'Number' }, '0x10', "'0x10' is not a number"],
    [{ type: 'Number' }, '', "'' is not a number"],
    [{ type: 'Number' }, '1,2', "'1,2' is not a number"],
    [{ type: 'List<Number>' }, '1, 2', undefined],
    [{ type: 'List<Number>' }, '1,two', "'two' is not a number"],
    [{ type: 'Number', allowedValues: ['1', '2'] }, '1.0', undefined],
    [{ type: 'Number', minValue: 1 }, '0.5', "'0.5' is less than 1"],
    [{ type: 'Number', maxValue: 10 }, '11', "'11' is more than 10"],
    [{ minLength: 2 }, '😀', 'has 1 characters; at least 2 are needed'],
    [{ maxLength: 2 }, 'abc', 'has 3 characters; at most 2 are allowed'],
    [{ allowedPattern: 'a|b' }, 'ab', "'ab' does not match 'a|b'"],
    [{ allowedPattern: '[a-z]+' }, 'abc\n', "'abc\\n' does not match"],
    [{ type: 'AWS::SSM::Parameter::Value<String>', allowedPattern: '/app/.*' }, '/other', "'/other' does not match"],
    [{ allowedPattern: '(?i)[a-z]+' }, 'ABC', "not checked against '(?i)[a-z]+'"],
    [{}, 'x'.repeat(4097), 'the value has 4097 bytes; CloudFormation accepts at most 4096'],
  ])('%j with %j', (constraints, value, expected) => {
    const found = messages(template({ name: 'P', ...constraints }), { P: value });
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`parameter 'P': ${expected}`)]);
  });

  test('what cannot be checked here is a note, not an error', () => {
    const problems = checkParameters(template({ name: 'P', allowedPattern: '\\p{Punct}+' }), { P: 'x' });
    expect(problems.map(({ level }) => level)).toEqual(['note']);
  });

  test('a default is checked like a value', () => {
    const found = messages(template({ name: 'P', default: 'c', allowedValues: ['a'] }), {});
    expect(found).toEqual(["parameter 'P' (its default): 'c' is not allowed; write 'a'"]);
  });

  test('the value of a NoEcho parameter is in no message', () => {
    const secret = fc.stringMatching(/^[A-Z]{12}$/);
    const constraints: Partial<TemplateParameter>[] = [
      { allowedValues: ['other'] },
      { allowedPattern: '[0-9]+' },
      { type: 'Number' },
      { minLength: 50 },
      { type: 'List<Number>' },
    ];
    fc.assert(
      fc.property(secret, fc.constantFrom(...constraints), (value, constraint) => {
        const found = checkParameters(template({ name: 'P', noEcho: true, ...constraint }), { P: value });
        expect(found.length).toBeGreaterThan(0);
        expect(JSON.stringify(found)).not.toContain(value);
      }),
    );
    const withAllowed = messages(template({ name: 'P', noEcho: true, allowedValues: ['hush'] }), { P: 'x' });
    expect(withAllowed.join()).not.toContain('hush');
  });

  test('any text as a value gives problems, never an exception', () => {
    const types = fc.constantFrom(
      'String',
      'Number',
      'List<Number>',
      'CommaDelimitedList',
      'AWS::EC2::VPC::Id',
      'constructor',
    );
    fc.assert(
      fc.property(types, fc.string(), fc.string({ unit: codePoint }), (type, allowedPattern, value) => {
        const found = checkParameters(template({ name: 'P', type, allowedPattern }), { P: value });
        expect(found.every(({ parameter }) => parameter === 'P')).toBe(true);
      }),
    );
  });
});

describe('a Java pattern', () => {
  test.each([
    ['[a-zA-Z0-9\\-\\_]+', 'a-_', 'a b'],
    ['\\-\\@\\"', '-@"', 'x'],
    ['^[a-z]+$', 'abc', 'ab1'],
    ['\\d{1,3}\\.\\d{1,3}\\/\\d+', '10.0/8', '10/8'],
    ['(?!-)[a-z-]+(?<!-)', 'a-b', 'a-'],
    ['', '', 'a'],
    ['a\\\\b', 'a\\b', 'ab'],
  ])('%s', (pattern, match, other) => {
    expect(compileJavaPattern(pattern)?.test(match)).toBe(true);
    expect(compileJavaPattern(pattern)?.test(other)).toBe(false);
  });

  test.each(['(?i)a', '[a-z&&[^b]]', '\\p{Alpha}', '\\Qa\\E', 'a++', '\\h', '[[:alpha:]]', '\\A', '('])(
    '%s is left to CloudFormation',
    (pattern) => {
      expect(compileJavaPattern(pattern)).toBeUndefined();
    },
  );
});
