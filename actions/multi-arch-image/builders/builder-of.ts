import { type ChosenTool, settingsOf } from '../tool-choice.ts';
import { buildahBuilder } from './buildah.ts';
import type { Builder } from './builder.ts';
import { buildkitBuilder } from './buildkit.ts';
import { dockerBuilder } from './docker.ts';

/** The builder of a tool. */
export function builderOf(tool: ChosenTool): Builder {
  switch (tool.name) {
    case 'buildah':
    case 'podman':
      return buildahBuilder(tool.name, settingsOf(tool));
    case 'buildkit':
      return buildkitBuilder(tool.program);
    case 'docker':
      return dockerBuilder;
  }
}
