import { allInputs, allOutputs } from '../lib/operation/common-inputs.ts';
import type { Operation } from '../lib/operation/define.ts';
import { operations } from './operations.ts';

/** The list of operations with what each does. */
export async function list(names: readonly string[]): Promise<string> {
  const rows = await Promise.all(
    names.map(async (name) => [name, (await operations[name]?.())?.default.summary ?? ''] as const),
  );
  return [
    'headgate <scenario> <operation> [--input value ...] [--json] [--quiet]',
    'headgate <scenario> <operation> --help',
    'headgate local start | stop | reset | status',
    '',
    ...columns(rows),
  ].join('\n');
}

/** What one operation does, takes and gives. */
export function operationHelp(operation: Operation): string {
  const inputs = Object.entries(allInputs(operation)).map(([name, spec]) => {
    const form = spec.options === undefined ? spec.type : spec.options.join('|');
    const presence = spec.required
      ? 'required'
      : spec.default === undefined
        ? ''
        : `default: ${JSON.stringify(spec.default)}`;
    return [`--${name} <${form}>`, [spec.description, presence].filter((part) => part !== '').join(' ')] as const;
  });
  return [
    `headgate ${operation.name}`,
    operation.summary,
    '',
    'Inputs',
    ...columns(inputs),
    '',
    'Outputs',
    ...columns(Object.entries(allOutputs(operation))),
    '',
    'Exit codes: 0 done, 1 failed, 2 bad input, 130 cancelled.',
  ].join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
}
