import { join } from 'node:path';
import { expect } from '@jest/globals';
import { execa } from 'execa';
import { requires } from '../support/requires.ts';
import { type Finding, fromRoot, judge } from './findings.ts';
import { expression, withFiles } from './samples.ts';
import { actionManifests, workflows } from './shipped.ts';

const zizmor = requires('zizmor', 'it audits workflows and actions for security faults');

type Location = {
  symbolic: { key: { Local?: { verbatim_path: string } }; annotation: string; kind: string };
  concrete: { location: { start_point: { row: number } }; feature: string };
};
type Report = { ident: string; desc: string; locations: Location[] };

/** Audits files without the network. Ignore comments do not count: what we accept stands in exceptions.ts. */
async function audit(files: readonly string[]): Promise<Finding[]> {
  if (files.length === 0) return [];
  const flags = ['--offline', '--no-progress', '--quiet', '--no-config', '--no-ignores', '--strict-collection'];
  const run = await execa(zizmor.path, [...flags, '--format', 'json', ...files], { reject: false });
  // 11 to 14 say how severe the findings are; 1 is a file that is no valid workflow, or a crash.
  if (run.exitCode !== 0 && !(run.exitCode && run.exitCode >= 11)) throw new Error(`zizmor failed: ${run.stderr}`);
  return (JSON.parse(run.stdout) as Report[]).map(({ ident, desc, locations }) => {
    const primary = locations.find(({ symbolic }) => symbolic.kind === 'Primary') ?? locations[0]!;
    return {
      file: fromRoot(primary.symbolic.key.Local?.verbatim_path ?? ''),
      line: primary.concrete.location.start_point.row + 1,
      rule: ident,
      message: `${desc}: ${primary.symbolic.annotation}: ${primary.concrete.feature}`,
    };
  });
}

zizmor.test('finds no fault in the workflows and actions that we ship', async () => {
  const findings = await audit([...workflows(), ...actionManifests()]);
  expect(judge('zizmor', findings)).toEqual({ unexpected: [], unused: [] });
});

const workflow = (step: string) =>
  `on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - ${step}\n`;

zizmor.test('reports a branch name inside a script line', async () => {
  await withFiles(
    { 'workflows/a.yml': workflow(`run: echo "${expression('github.head_ref')}"`) },
    async (directory) => {
      const findings = await audit([join(directory, 'workflows/a.yml')]);
      expect(findings.map(({ rule, line }) => ({ rule, line }))).toEqual([{ rule: 'template-injection', line: 7 }]);
    },
  );
});

zizmor.test('reports an action that is not pinned, whatever a comment says', async () => {
  const step = 'uses: actions/setup-node@v5 # zizmor: ignore[unpinned-uses]';
  await withFiles({ 'workflows/a.yml': workflow(step) }, async (directory) => {
    const findings = await audit([join(directory, 'workflows/a.yml')]);
    expect(findings.map(({ rule }) => rule)).toContain('unpinned-uses');
  });
});

zizmor.test('fails on a file that is no workflow', async () => {
  await withFiles({ 'workflows/a.yml': 'on: push\njobs: { a: { bogus: 1 } }\n' }, async (directory) => {
    await expect(audit([join(directory, 'workflows/a.yml')])).rejects.toThrow(/zizmor failed/);
  });
});
