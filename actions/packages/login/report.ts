import path from 'node:path';
import type { HostName } from '../../../lib/hosts/host.ts';
import type { Inputs } from '../../../lib/operation/inputs.ts';
import { code, Markdown, table, text } from '../../../lib/report/markdown.ts';
import type { LOGIN_INPUTS } from './inputs.ts';
import { endpointOf, type RegionLogin } from './login-file.ts';
import type { NearestRegions } from './nearest-regions.ts';
import type { Tool } from './tools.ts';
import type { Place } from './write-logins.ts';

export interface LoginFacts {
  readonly id: string;
  readonly tools: readonly Tool[];
  readonly nearest: NearestRegions;
  readonly overrides: readonly string[];
  readonly inputs: Inputs<typeof LOGIN_INPUTS>;
  readonly host: HostName;
  readonly places: readonly Place[];
  /** Those that were written, the nearest first. */
  readonly logins: readonly [RegionLogin, ...RegionLogin[]];
  readonly expires: Date;
}

/** What was written, for whom, until when, and how to use it. No token is in it. */
export function loginReport(facts: LoginFacts): string {
  const { id, tools, nearest, overrides, host, places, logins, expires } = facts;
  const [chosen, ...others] = logins;
  const rows = tools.map((tool) => {
    const files = filesOf(places, tool).map((file) => code(file));
    return [
      tool,
      joined(files, ' '),
      chosen.region,
      code(endpointOf(chosen, tool).host),
      others.length === 0 ? 'none' : fallbackOf(tool, others.map(({ region }) => region).join(', ')),
    ];
  });
  const stays =
    host === 'terminal'
      ? "It stays in the files. Run the same command with '--remove=true' to take it out again."
      : 'It is taken out of the files when the job ends.';
  const notes = [...nearest.leftOut.map(({ region, reason }) => `${region} is left out: ${reason}`), ...overrides];
  return [
    `### Logged in: ${code(id)}`,
    table(['Tool', 'Files', 'Region', 'Endpoint', 'Other Regions'], rows),
    `The login ends at ${code(expires.toISOString())}. ${stays}`,
    ...(notes.length === 0
      ? []
      : [
          table(
            ['Note'],
            notes.map((note) => [note]),
          ),
        ]),
    table(
      ['Tool', 'Use'],
      tools.map((tool) => [tool, useOf(tool, facts)]),
    ),
  ].join('\n\n');
}

export function removalReport(id: string, files: readonly string[]): string {
  const rows = files.map((file) => [code(file)]);
  return [`### Login removed: ${code(id)}`, files.length === 0 ? 'There was none.' : table(['File'], rows)].join(
    '\n\n',
  );
}

function filesOf(places: readonly Place[], tool: Tool): readonly string[] {
  return places.filter(({ login }) => login.tool === tool).map(({ login }) => login.file);
}

/** What happens when the Region fails after the login. */
function fallbackOf(tool: Tool, regions: string): string {
  switch (tool) {
    case 'pip':
      return `${regions}: pip asks them too, each time`;
    case 'maven':
      return `${regions}: Maven goes there when the first one fails`;
    case 'npm':
      return `${regions}: only for what a lock file names there; npm has one registry, so log in again`;
    case 'cargo':
      return 'none at run time: cargo has one address, so log in again';
  }
}

/** How the tool is led to the login. */
function useOf(tool: Tool, { inputs, places }: LoginFacts): Markdown {
  const [file = ''] = filesOf(places, tool);
  const led = inputs.directory !== undefined;
  switch (tool) {
    case 'pip':
      return led ? joined(['with the variable', code(`PIP_CONFIG_FILE=${file}`)]) : joined([code('pip install …')]);
    case 'npm':
      return led ? joined(['with the variable', code(`NPM_CONFIG_USERCONFIG=${file}`)]) : joined([code('npm ci')]);
    case 'maven':
      return joined([
        code(led ? `mvn --settings ${file} …` : 'mvn …'),
        '; to deploy, the server is',
        code(inputs['maven-repository-id']),
      ]);
    case 'cargo':
      return joined([
        ...(led ? ['with the variable', code(`CARGO_HOME=${path.dirname(file)}`), ';'] : []),
        'in Cargo.toml',
        code(`registry = "${inputs['cargo-registry']}"`),
      ]);
  }
}

function joined(parts: readonly (string | Markdown)[], between = ' '): Markdown {
  return new Markdown(parts.map((part) => (typeof part === 'string' ? text(part) : part).source).join(between));
}
