import path from 'node:path';
import { badInput, OperationFailed } from '../../../lib/errors.ts';
import { ensureDirectory, replaceFile } from '../../../lib/hosts/files.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { codeQualityJson } from '../../../lib/report/code-quality.ts';
import { sarifLog } from '../../../lib/report/sarif.ts';
import type { CheckContext } from '../check.ts';
import { GLUE_VERSIONS } from '../transforms/facts/glue-versions.ts';
import { type ReadResult, readTransforms } from '../transforms/read.ts';
import { RULES } from '../transforms/rules.ts';
import type { TransformFinding } from '../transforms/transform.ts';
import { writeFixes } from './fix.ts';
import type { CHECK_OUTPUTS } from './inputs.ts';
import { bySeverity, type CheckResult, countOf, hasPassed, reportOf, summaryOf } from './report.ts';

/** A fix can bring a finding to light that has a fix too: what stands behind a byte order mark. */
const ROUNDS = 3;

/**
 * Checks transforms.
 *
 * @throws BadInput when there is none, OperationFailed for errors
 */
export async function read(context: CheckContext): Promise<Outcome<keyof typeof CHECK_OUTPUTS>> {
  const { inputs, host } = context;
  const { definitions, findings, fixed } = await readAndFix(context);
  if (definitions === 0) {
    throw badInput(
      'transforms',
      'there is no definition in these folders; a definition is a JSON file with a Python file of the same name beside it',
    );
  }
  const result: CheckResult = { definitions, findings, fixed, warningsAsErrors: inputs['warnings-as-errors'] };
  // GitHub shows ten annotations of a level; so the errors come first.
  for (const { level, rule, message, file, line } of bySeverity(findings)) {
    host.annotate({ level, title: rule, message, file, line });
  }
  const outputs = { ...outputsOf(result), ...writeFiles(context, findings) };
  // The frame sets no outputs of a failure, and a later step may want to upload the files.
  await host.setOutputs(outputs);
  const report = reportOf(result);
  const summary = summaryOf(result);
  if (hasPassed(result)) return { summary: `${summary}.`, outputs, report, result: { findings: findings.map(plain) } };
  throw new OperationFailed({
    what: `The transforms have findings: ${summary}`,
    next: 'Correct what the findings name; each says what to write',
    data: { findings: findings.map(plain) },
    report,
  });
}

async function readAndFix({ inputs, workspace, log }: CheckContext): Promise<ReadResult & { readonly fixed: number }> {
  const request = {
    paths: inputs.transforms,
    workspace,
    glueVersions: GLUE_VERSIONS.filter((version) => inputs['glue-versions'].includes(version)),
  };
  let result = await readTransforms(request);
  let fixed = 0;
  for (let round = 0; inputs.fix && round < ROUNDS; round++) {
    const written = await writeFixes(result.findings, workspace);
    if (written === 0) break;
    fixed += written;
    result = await readTransforms(request);
  }
  if (fixed > 0) log.info(`${fixed} corrections were written; commit them.`);
  return { ...result, fixed };
}

function outputsOf(result: CheckResult) {
  return {
    status: hasPassed(result) ? 'passed' : 'failed',
    transforms: String(result.definitions),
    errors: String(countOf(result, 'error')),
    warnings: String(countOf(result, 'warning')),
    fixed: String(result.fixed),
  };
}

function writeFiles({ host, version, workspace }: CheckContext, findings: readonly TransformFinding[]) {
  const directory = ensureDirectory(workspace, 'glue-transform');
  const rules = Object.entries(RULES).map(([id, [level, summary]]) => ({ id, level, summary }));
  replaceFile(
    path.join(directory, 'check.sarif'),
    sarifLog({ name: 'headgate glue-transform', version, rules }, findings),
  );
  const sarif = '.headgate/glue-transform/check.sarif';
  // The annotations make the same report there, and two of them would show each finding twice.
  if (host.name === 'gitlab') return { sarif, 'code-quality': '.headgate/code-quality.json' };
  replaceFile(path.join(directory, 'code-quality.json'), codeQualityJson(findings));
  return { sarif, 'code-quality': '.headgate/glue-transform/code-quality.json' };
}

function plain({ rule, level, file, line, message }: TransformFinding) {
  return { rule, level, file, line, message };
}
