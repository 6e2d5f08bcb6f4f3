import type { TestEvent } from './events.ts';
import { firstLine } from './place-text.ts';

const SIGNS = { passed: '✓', failed: '✗', error: '✗', skipped: '–', xfailed: '–' } as const;

/** What the log says when something has happened. */
export function progressLines(event: TestEvent): readonly string[] {
  switch (event.event) {
    case 'end': {
      const { id, outcome, seconds, message, text, output } = event;
      const head = `${SIGNS[outcome]} ${id} (${seconds.toFixed(2)} s)`;
      if (outcome === 'passed') return [head];
      if (outcome === 'skipped' || outcome === 'xfailed') return [`${head}: ${firstLine(message)}`];
      return [head, ...indented(text), ...(output === '' ? [] : ['  It printed:', ...indented(output)])];
    }
    case 'collection-error':
      return [`✗ ${event.id} cannot be read as a test`, ...indented(event.text)];
    case 'spark':
      return [`Spark ${event.version} has started in ${event.seconds.toFixed(1)} s.`];
    case 'spark-died':
      return [`✗ The Java process of Spark has ended with ${event.code}; no further test is run.`];
    case 'where':
      return ['✗ The time is over. The test is here:', ...indented(event.text)];
    case 'internal-error':
      return ['✗ pytest itself has failed:', ...indented(event.text)];
    default:
      return [];
  }
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
}
