import { allInputs, allOutputs } from '../../lib/operation/common-inputs.ts';
import type { Operation, Permission } from '../../lib/operation/define.ts';
import { replaceBetween } from './markers.ts';
import type { Found } from './scan.ts';

/** The tables of a scenario's README: inputs, outputs and the minimal IAM policy of each operation. */
export function scenarioReadme(text: string, found: readonly Found[]): string {
  const parts = found.map(
    ({ operation }) => `### \`${operation.name}\`\n\n${operation.summary}\n\n${operationTables(operation)}`,
  );
  return replaceBetween(text, 'operations', `\n${parts.join('\n')}\n`);
}

/** The table of the operations that there are, in the project's README. */
export function projectReadme(text: string, found: readonly Found[]): string {
  const rows = found.map(
    ({ operation, scenario }) =>
      `| [\`${operation.name}\`](actions/${scenario}/README.md) | ${operation.kind} | ${operation.summary} |`,
  );
  return replaceBetween(
    text,
    'operations',
    `\n| operation | kind | what it does |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`,
  );
}

function operationTables(operation: Operation): string {
  const inputs = Object.entries(allInputs(operation)).map(([name, spec]) => {
    const form = spec.options === undefined ? spec.type : spec.options.map((option) => `\`${option}\``).join(', ');
    const preset = spec.required
      ? 'required'
      : spec.default === undefined
        ? ''
        : `\`${spec.default.replaceAll('\n', '\\n')}\``;
    return `| \`${name}\` | ${form} | ${preset} | ${spec.description.replaceAll('|', '\\|')} |`;
  });
  const outputs = Object.entries(allOutputs(operation)).map(
    ([name, description]) => `| \`${name}\` | ${description} |`,
  );
  return [
    `| input | form | default | |\n| --- | --- | --- | --- |\n${inputs.join('\n')}\n`,
    `| output | |\n| --- | --- |\n${outputs.join('\n')}\n`,
    ...(operation.permissions.length === 0 ? [] : [policySection(operation)]),
  ].join('\n');
}

function policySection(operation: Operation): string {
  const always = operation.permissions.filter(({ onlyWith }) => onlyWith === undefined);
  const sometimes = operation.permissions.filter(({ onlyWith }) => onlyWith !== undefined);
  const rows = operation.permissions.map(
    ({ action, why, onlyWith }) =>
      `| \`${action}\` | ${why}${onlyWith === undefined ? '' : `; only with ${onlyWith}`} |`,
  );
  const policy = JSON.stringify(policyDocument([...always, ...sometimes]), null, 2);
  return `| IAM action | why |\n| --- | --- |\n${rows.join('\n')}\n\n<details>\n<summary>Minimal policy</summary>\n\n\`\`\`json\n${policy}\n\`\`\`\n\n</details>\n`;
}

/** One statement a resource. The placeholders are those of AWS's own documentation. */
function policyDocument(permissions: readonly Permission[]): object {
  const resources = [...new Set(permissions.map(({ resource }) => resource))];
  return {
    Version: '2012-10-17',
    Statement: resources.map((resource) => ({
      Effect: 'Allow',
      Action: [
        ...new Set(permissions.filter((permission) => permission.resource === resource).map(({ action }) => action)),
      ].sort(),
      Resource: resource,
    })),
  };
}
