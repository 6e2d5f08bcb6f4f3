import type { Format } from '../../../lib/packages/package.ts';

/** The package managers that can be logged in. */
export const TOOLS = ['pip', 'npm', 'maven', 'cargo'] as const;
export type Tool = (typeof TOOLS)[number];

/** The format of packages that each of them speaks, as CodeArtifact calls it. */
export const FORMAT_OF = { pip: 'pypi', npm: 'npm', maven: 'maven', cargo: 'cargo' } as const satisfies Record<
  Tool,
  Format
>;

export function isTool(text: string): text is Tool {
  return TOOLS.some((tool) => tool === text);
}
