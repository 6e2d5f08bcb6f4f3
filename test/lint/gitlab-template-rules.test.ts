import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { allInputs } from '../../lib/operation/common-inputs.ts';
import { scanOperations } from '../../scripts/generate/scan.ts';
import { fromRoot } from './findings.ts';
import { checkTemplateRules } from './gitlab-template-rules.ts';
import { gitlabTemplates, root } from './shipped.ts';

test('finds no fault in the templates that we ship', async () => {
  const found = await scanOperations(root);
  const files = gitlabTemplates();
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const own = found.filter(({ scenario }) => `${scenario}.yml` === basename(file));
    const operations = new Map(own.map(({ operation }) => [operation.name, Object.keys(allInputs(operation))]));
    expect(checkTemplateRules(fromRoot(file), readFileSync(file, 'utf8'), operations)).toEqual([]);
  }
});

test('the pipeline at the head of each template includes it with inputs that it has', () => {
  for (const file of gitlabTemplates()) {
    const text = readFileSync(file, 'utf8');
    const [, example = ''] = /^# .*In your \.gitlab-ci\.yml:\n#\n((?:# {3}.*\n)+)/m.exec(text) ?? [];
    const { include } = parse(example.replace(/^# {3}/gm, '')) as { include: { component: string; inputs: object }[] };
    const { spec } = parseAllDocuments(text)[0]!.toJS() as { spec: { inputs: object } };
    for (const { component, inputs } of include) {
      expect(component).toContain(`/${basename(file, '.yml')}@v`);
      expect(Object.keys(spec.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    }
  }
});

const good = `
spec: { inputs: { job-prefix: { default: '' }, ttl: {}, stage: {} } }
---
"$[[ inputs.job-prefix ]]deploy":
  extends: [".$[[ inputs.job-prefix ]]vars", ".$[[ inputs.job-prefix ]]job"]
  stage: $[[ inputs.stage ]]
  environment: { name: $CI_COMMIT_REF_SLUG, on_stop: "$[[ inputs.job-prefix ]]destroy" }
  script: [headgate things deploy]
"$[[ inputs.job-prefix ]]destroy":
  extends: [".$[[ inputs.job-prefix ]]vars", ".$[[ inputs.job-prefix ]]job"]
  rules: [{ if: $CI_COMMIT_TAG, when: never }, { if: $CI_COMMIT_BRANCH, when: manual, allow_failure: true }]
  needs: []
  variables: { GIT_STRATEGY: none }
  environment: { name: $CI_COMMIT_REF_SLUG, action: stop }
  script: [headgate things destroy]
".$[[ inputs.job-prefix ]]job":
  resource_group: $CI_COMMIT_REF_SLUG
".$[[ inputs.job-prefix ]]vars":
  variables: { HEADGATE_INPUT_TTL: { value: "$[[ inputs.ttl ]]", expand: false } }
`;
const operations = new Map([
  ['things deploy', ['ttl']],
  ['things destroy', ['ttl']],
]);
/** The rules that the template breaks once `to` stands in the place of what it had. */
const broken = (from: string, to: string) => {
  expect(good).toContain(from);
  return checkTemplateRules('a.yml', good.replace(from, to), operations).map(({ rule }) => rule);
};

test('accepts a template that hands inputs over as variables', () => {
  expect(checkTemplateRules('a.yml', good, operations)).toEqual([]);
});

test('refuses a default that GitLab would refuse', () => {
  const chosen = (options: string) => broken('ttl: {}', `ttl: { default: '', options: ${options} }`);
  expect(chosen("['7d', '14d']")).toEqual(['default']);
  expect(chosen("['', '7d', '14d']")).toEqual([]);
});

describe('text from outside is data: the rules refuse', () => {
  test.each([
    [
      'an input in a script',
      '[headgate things deploy]',
      '["headgate things deploy --ttl $[[ inputs.ttl ]]"]',
      ['script', 'input'],
    ],
    [
      'another input in a script',
      '[headgate things deploy]',
      '[headgate things deploy, "echo $[[ inputs.stage ]]"]',
      ['script'],
    ],
    [
      'an input in a before_script',
      'stage: $',
      'before_script: [{ x: "$[[ inputs.stage | expand_vars ]]" }]\n  stage: $',
      ['script'],
    ],
    [
      'an input in an after_script',
      'stage: $',
      'after_script: ["echo $[[inputs.ttl]]"]\n  stage: $',
      ['script', 'input'],
    ],
    ['an input that is expanded', ', expand: false', '', ['expand']],
    [
      'an input that is a plain variable',
      '{ value: "$[[ inputs.ttl ]]", expand: false }',
      '"$[[ inputs.ttl ]]"',
      ['input', 'expand'],
    ],
    ['an input under another name', 'HEADGATE_INPUT_TTL: {', 'TTL: {', ['lost', 'lost', 'input']],
    ['an input with a function', '[[ inputs.ttl ]]', '[[ inputs.ttl | expand_vars ]]', ['input']],
    ['an input in another key', 'stage: $[[ inputs.stage ]]', 'stage: $[[ inputs.ttl ]]', ['input']],
    [
      'a branch name in the name of an environment',
      '{ name: $CI_COMMIT_REF_SLUG, on',
      '{ name: $CI_COMMIT_REF_NAME, on',
      ['branch-name'],
    ],
  ])('%s', (_what, from, to, rules) => {
    expect(broken(from, to)).toEqual(rules);
  });
});

describe('included twice: the rules refuse', () => {
  test('a hidden job without the prefix, whose inputs would be those of the last include', () => {
    expect(checkTemplateRules('a.yml', good.replaceAll('.$[[ inputs.job-prefix ]]vars', '.vars'), operations)).toEqual([
      expect.objectContaining({ rule: 'prefix', message: expect.stringContaining("'.vars'") }),
    ]);
  });
});

describe('GitLab finds the stop job: the rules refuse', () => {
  test.each([
    ['a stop job that checks out', 'GIT_STRATEGY: none', 'GIT_DEPTH: 1', ['stop']],
    ['a stop job that waits for others', 'needs: []', 'needs: [build]', ['stop']],
    ['a stop job that runs by itself', 'when: manual, ', '', ['stop']],
    ['a stop job that holds the pipeline up', ', allow_failure: true', '', ['stop']],
    [
      'a stop job that may run beside its deployment',
      '  resource_group: $CI_COMMIT_REF_SLUG\n',
      '  image: node\n',
      ['stop'],
    ],
    ['an environment whose stop job is none', ', action: stop', '', ['stop']],
    ['a stop job that no environment names', ', on_stop: "$[[ inputs.job-prefix ]]destroy"', '', ['stop']],
    [
      'a call that loses an input',
      '[".$[[ inputs.job-prefix ]]vars", ".$[[ inputs.job-prefix ]]job"]\n  rules',
      '".$[[ inputs.job-prefix ]]job"\n  rules',
      ['lost'],
    ],
  ])('%s', (_what, from, to, rules) => {
    expect(broken(from, to)).toEqual(rules);
  });
});

describe('an input that the template hands over itself', () => {
  const template = (job: string) => `spec:
  inputs:
    platforms: { type: array }
    # by hand: platform
---
"$[[ inputs.job-prefix ]]build":
${job}  script: [headgate image build]
`;
  const check = (job: string) =>
    checkTemplateRules('t.yml', template(job), new Map([['image build', ['platform']]])).map(({ rule }) => rule);

  test('may come from a matrix', () => {
    expect(check('  parallel: { matrix: [{ HEADGATE_INPUT_PLATFORM: "$[[ inputs.platforms ]]" }] }\n')).toEqual([]);
  });

  test('must come from somewhere', () => {
    expect(check('')).toEqual(['lost']);
    expect(check('  parallel: { matrix: [{ PLATFORM: "$[[ inputs.platforms ]]" }] }\n')).toEqual(['lost']);
  });
});
