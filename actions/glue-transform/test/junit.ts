import { junitXml, type TestCase, type TestSuite } from '../../../lib/report/junit.ts';
import type { CaseResult } from './ledger.ts';
import { byTransform, type TestResults } from './results.ts';

const NAME = 'glue-transform';

/**
 * One suite a Glue version and transform. A version that could not be run has a skipped case for each transform, so that it
 * does not look tested.
 */
export function testJunit(results: TestResults): string {
  const suites = results.versions.flatMap((version): readonly TestSuite[] => {
    const prefix = `${NAME}.${version.pair.glueVersion}`;
    if (!version.ran) {
      const outcome = { kind: 'skipped', message: `not run: ${version.missing}` } as const;
      return results.transforms.map(({ name }) => {
        const classname = `${prefix}.${name}`;
        return { name: classname, cases: [{ classname, name: 'tests', seconds: 0, outcome }] };
      });
    }
    return [...byTransform(version.cases, results)].map(([name, cases]) => {
      const classname = `${prefix}.${name}`;
      return { name: classname, cases: cases.map((each) => caseOf(classname, each)) };
    });
  });
  return junitXml(NAME, suites);
}

function caseOf(classname: string, { id, seconds, outcome, message, text, output }: CaseResult): TestCase {
  const base = { classname, name: id, seconds };
  if (outcome === 'passed') return base;
  const kind = outcome === 'failed' ? 'failure' : outcome;
  return {
    ...base,
    outcome: { kind, message: kind === 'skipped' ? message : text || message },
    ...(output === '' ? {} : { systemOut: output }),
  };
}
