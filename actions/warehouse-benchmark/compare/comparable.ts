import type { BenchmarkReport, Setting } from '../report/report.ts';
import { numberRanges } from './format.ts';

/** One member in which two settings differ, with both values. */
interface Fact {
  readonly name: string;
  readonly current: string;
  readonly baseline: string;
}

/**
 * Why two measurements must not be compared, each reason with both values; empty when they may. It asks for settings only,
 * so that a run can refuse its baseline before it costs anything.
 */
export function reasonsNotToCompare(current: Setting, baseline: Setting): readonly string[] {
  const texts = knownTexts(current, baseline);
  const sameNumbers = numberRanges(current.queries.numbers) === numberRanges(baseline.queries.numbers);
  const facts: readonly Fact[] = [
    both('engine', current, baseline, warehouse),
    both('scale factor', current, baseline, ({ scaleFactor }) => String(scaleFactor)),
    both('capacity', current, baseline, capacity),
    both('mode', current, baseline, ({ mode }) => mode),
    both('queries', current, baseline, ({ queries }) => numberRanges(queries.numbers)),
    // With other numbers the digests differ by necessity.
    ...(texts && sameNumbers ? [both('query texts', current, baseline, textsOf)] : []),
    ...(current.sessions > 0 && baseline.sessions > 0
      ? [both('sessions', current, baseline, ({ sessions }) => String(sessions))]
      : []),
  ];
  const reasons = facts.filter(differs).map(({ name, current: now, baseline: then }) => {
    return `${name}: ${now} against ${then} in the baseline`;
  });
  if (current.mode === 'explain' && baseline.mode === 'explain') {
    reasons.push('both reports are of EXPLAIN, which measures nothing');
  }
  if (!(current.iterations > 0 && baseline.iterations > 0) && !(current.sessions > 0 && baseline.sessions > 0)) {
    reasons.push(`parts: ${parts(current)} against ${parts(baseline)} in the baseline, so nothing is in both`);
  }
  return reasons;
}

/** What does not forbid the comparison, but may explain what it finds. */
export function notesOnSettings(current: BenchmarkReport, baseline: BenchmarkReport): readonly string[] {
  const [now, then] = [current.setting, baseline.setting];
  const imported = isImported(now) || isImported(then);
  const facts: readonly Fact[] = [
    ...(imported ? [] : [both('engine version', now, then, ({ engine }) => engine.version)]),
    ...(imported ? [] : [both('Region', now, then, regionOf)]),
    both('warm-up passes', now, then, ({ warmUps }) => String(warmUps)),
    both('time-out', now, then, ({ timeoutMs }) => (timeoutMs === undefined ? 'none' : `${timeoutMs} ms`)),
  ];
  return [
    ...facts.filter(differs).map((fact) => `Other ${fact.name}: ${fact.current} against ${fact.baseline}.`),
    ...notesOnParts(now, then),
    ...notesOnImports(now, then),
    ...(current.resumed ? ['This run was broken off and went on later.'] : []),
    ...(baseline.resumed ? ['The run of the baseline was broken off and went on later.'] : []),
  ];
}

/** Whether two reports ran the same texts, as far as they tell; imported ones do not. */
export function knownTexts(current: Setting, baseline: Setting): boolean {
  return !isImported(current) && !isImported(baseline);
}

function notesOnParts(now: Setting, then: Setting): readonly string[] {
  const lacks = (what: string, inCurrent: boolean, inBaseline: boolean) =>
    inCurrent === inBaseline
      ? []
      : [`The ${what} is not compared: ${inCurrent ? 'the baseline' : 'this report'} has none.`];
  return [
    ...lacks('part of the single user', now.iterations > 0, then.iterations > 0),
    ...lacks('concurrent part', now.sessions > 0, then.sessions > 0),
  ];
}

function notesOnImports(now: Setting, then: Setting): readonly string[] {
  if (knownTexts(now, then)) return [];
  const both = isImported(now) && isImported(then);
  return [
    `${both ? 'Both reports were' : isImported(now) ? 'This report was' : 'The baseline was'} imported: which texts and parameters its queries had is not known, and answers are not compared.`,
    ...(both
      ? []
      : ['Imported times include starting psql, connecting and reading the rows; those of this tool do not.']),
    ...(capacity(now) === UNKNOWN_CAPACITY ? ['The capacity of neither report is known.'] : []),
  ];
}

function both(name: string, current: Setting, baseline: Setting, of: (setting: Setting) => string): Fact {
  return { name, current: of(current), baseline: of(baseline) };
}

function differs({ current, baseline }: Fact): boolean {
  return current !== baseline;
}

const UNKNOWN_CAPACITY = 'RPUs not known';

/** What was imported ran on Redshift. */
function warehouse({ engine }: Setting): string {
  return engine.engine === 'imported' ? 'redshift' : engine.engine;
}

function capacity({ engine }: Setting): string {
  if (engine.engine === 'duckdb')
    return engine.threads === undefined ? 'threads not known' : `${engine.threads} threads`;
  return engine.rpus === undefined ? UNKNOWN_CAPACITY : `${engine.rpus} RPUs`;
}

function textsOf({ queries }: Setting): string {
  return `${queries.source} (${queries.digest.slice(0, 12)})`;
}

function regionOf({ engine }: Setting): string {
  return engine.engine === 'imported' ? 'not known' : (engine.region ?? 'none');
}

function parts({ iterations, sessions }: Setting): string {
  const names = [...(iterations > 0 ? ['single user'] : []), ...(sessions > 0 ? ['concurrent'] : [])];
  return names.length === 0 ? 'nothing' : names.join(' and ');
}

function isImported({ engine }: Setting): boolean {
  return engine.engine === 'imported';
}
