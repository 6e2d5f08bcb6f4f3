import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { Permission } from '../../operation/define.ts';

/**
 * The texts by which CloudFormation says that another stack imports an export; it has no code for it. The first is that
 * of an update or an older deletion, the second that of a deletion.
 */
const IN_USE = [
  /\bExport (\S+) cannot be (?:deleted|updated) as it is in use by\b/i,
  /\bCannot (?:delete|update) export (\S+) as it is in use by\b/i,
  /\bExport (\S+) is imported by stack\b/i,
];

/** The name of the export that holds a deletion or an update back; undefined when the text is about something else. */
export function exportInUse(text: string): string | undefined {
  for (const pattern of IN_USE) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The stacks that import an export, all of them: the service's message names some. */
export async function importersOf(cloudFormation: CloudFormation, name: string): Promise<readonly string[]> {
  const importers: string[] = [];
  let token: string | undefined;
  do {
    const page = await cloudFormation.listImports({ ExportName: name, NextToken: token });
    importers.push(...(page.Imports ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return importers.sort();
}

/** What `importersOf` calls. */
export const IMPORTERS_PERMISSION: Permission = {
  action: 'cloudformation:ListImports',
  resource: '*',
  why: 'names the stacks that hold an export back',
  onlyWith: 'an export that another stack imports',
};
