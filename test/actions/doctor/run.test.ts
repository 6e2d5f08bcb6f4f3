import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { main } from '../../../actions/main.ts';
import type { Finding } from '../../../lib/hosts/host.ts';
import { make, startTestAws, type TestAws, templateOf } from '../../support/stack-context.ts';

let aws: TestAws;
let cwd: string;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  cwd = mkdtempSync(path.join(os.tmpdir(), 'headgate-doctor-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const BUCKET = 'headgate-assets-000000000000-us-east-1';
const { PATH = '', HOME = '' } = process.env;

/** Runs `headgate doctor` at a terminal, and answers with its findings by name. */
async function doctor(...flags: string[]) {
  let out = '';
  const sink = new Writable({
    write: (chunk, _, done) => {
      out += chunk;
      done();
    },
  });
  const environment = { PATH, HOME, GIT_CEILING_DIRECTORIES: path.dirname(cwd) };
  const code = await main({ arguments: ['doctor', ...flags], environment, cwd, stdout: sink, stderr: sink });
  const result = JSON.parse(readFileSync(path.join(cwd, '.headgate', 'results', 'doctor-run.json'), 'utf8'));
  const findings: Finding[] = (result.result ?? result.data).findings;
  return { code, out, result, of: (check: string) => findings.find((finding) => finding.check === check) };
}

test('an account that was not prepared is no problem, and nothing is written', async () => {
  const { result, operations } = await aws.during(() => doctor());
  expect(result.code).toBe(0);
  expect(result.of('Bucket for code')).toMatchObject({
    status: 'warning',
    next: expect.stringContaining('stack bootstrap'),
  });
  expect(result.of('Credentials')).toMatchObject({ status: 'ok', found: expect.stringContaining('000000000000') });
  expect(result.of('Clock')).toMatchObject({ status: 'ok', found: 'agrees with that of AWS' });
  expect(result.of('Region')?.found).toBe('us-east-1, partition aws (amazonaws.com)');
  expect(operations.sort()).toEqual(['cloudformation DescribeStacks', 's3 HeadBucket', 'sts GetCallerIdentity']);
  expect(result.out).toContain('| warning | Bucket for code |');
});

describe('the bucket for code', () => {
  const bootstrap = (tags: { Key: string; Value: string }[]) =>
    make(
      aws,
      'headgate-bootstrap',
      templateOf({ Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: BUCKET } } }),
      {
        Tags: tags,
      },
    );
  const OURS = [{ Key: 'headgate:bootstrap', Value: 'true' }];

  test('that was prepared is there', async () => {
    await bootstrap(OURS);
    const { code, of } = await doctor();
    expect(code).toBe(0);
    expect(of('Stack headgate-bootstrap')).toMatchObject({ status: 'ok', found: 'CREATE_COMPLETE' });
    expect(of('Bucket for code')).toMatchObject({ status: 'ok' });
  });

  test('of a stack that somebody else made is a problem', async () => {
    await bootstrap([]);
    const { code, of } = await doctor();
    expect(code).toBe(1);
    expect(of('Stack headgate-bootstrap')).toMatchObject({
      status: 'problem',
      found: expect.stringContaining('has no tag'),
    });
  });

  test('that is gone although its stack is there is a problem', async () => {
    await bootstrap(OURS);
    await aws.s3.deleteBucket({ Bucket: BUCKET });
    const { code, of, result, out } = await doctor();
    expect(code).toBe(1);
    expect(of('Bucket for code')).toMatchObject({
      status: 'problem',
      found: `${BUCKET} is gone, although its stack is there`,
    });
    expect(result).toMatchObject({
      status: 'failed',
      cause: `Bucket for code: ${BUCKET} is gone, although its stack is there`,
    });
    expect(out).toContain('| problem | Bucket for code |');
  });
});

test('an account that is not allowed is a problem, and nothing more is asked', async () => {
  const { result, operations } = await aws.during(() => doctor('--allowed-account-ids', '111111111111'));
  expect(result.code).toBe(1);
  expect(result.of('allowed-account-ids')).toMatchObject({ status: 'problem' });
  expect(result.of('CloudFormation')).toMatchObject({ status: 'skipped' });
  expect(operations).toEqual(['sts GetCallerIdentity']);
});

test('without a Region the rest is looked at all the same', async () => {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  Object.assign(process.env, { AWS_REGION: '', AWS_DEFAULT_REGION: '' });
  try {
    const { code, of } = await doctor();
    expect(code).toBe(1);
    expect(of('AWS')).toMatchObject({
      status: 'problem',
      found: expect.stringContaining("input 'region': is required"),
    });
    expect(of('Credentials')).toMatchObject({ status: 'skipped' });
    expect(of('Host')).toMatchObject({ status: 'ok', found: 'terminal' });
  } finally {
    Object.assign(process.env, { AWS_REGION, AWS_DEFAULT_REGION });
  }
});
