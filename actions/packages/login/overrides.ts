import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tool } from './tools.ts';

/** What goes before the files that a login writes, so that the login has no effect. */
export interface OverrideOptions {
  readonly tools: readonly Tool[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workspace: string;
  readonly cargoRegistry: string;
}

/**
 * Sentences about variables of the job and files of the checkout that win over the login. Sources: pip documentation,
 * "Configuration"; npm, "config"; Cargo book, "Configuration".
 */
export async function overridesOf(options: OverrideOptions): Promise<readonly string[]> {
  const { tools, environment, workspace, cargoRegistry } = options;
  const found: string[] = [];
  const variables = (tool: Tool, pattern: RegExp) => {
    for (const [name, value] of Object.entries(environment)) {
      if (value && pattern.test(name)) found.push(`${tool} goes by the variable ${name} and not by the login.`);
    }
  };
  const file = async (tool: Tool, name: string, pattern: RegExp, what: string) => {
    const text = await readFile(path.join(workspace, name), 'utf8').catch(() => '');
    if (pattern.test(text))
      found.push(`${tool} goes by '${name}' of the checkout, which sets ${what}, before the login.`);
  };
  if (tools.includes('pip')) variables('pip', /^PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX)$/);
  if (tools.includes('npm')) {
    variables('npm', /^npm_config_registry$/i);
    await file('npm', '.npmrc', /^\s*(@[^\s:]+:)?registry\s*=/m, 'a registry');
  }
  if (tools.includes('cargo')) {
    const registry = cargoRegistry.toUpperCase().replaceAll('-', '_');
    variables('cargo', new RegExp(`^CARGO_REGISTRIES_${registry}_(INDEX|TOKEN|CREDENTIAL_PROVIDER)$`));
    const own = new RegExp(`^\\s*(\\[\\s*)?registries\\s*\\.\\s*"?${cargoRegistry}"?`, 'm');
    await file('cargo', path.join('.cargo', 'config.toml'), own, `the registry '${cargoRegistry}'`);
  }
  return found;
}
