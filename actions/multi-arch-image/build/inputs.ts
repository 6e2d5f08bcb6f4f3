import { input } from '../../../lib/operation/inputs.ts';
import { checkRepository, IMAGE_INPUTS, PLATFORM_INPUT } from '../image-inputs.ts';
import { TOOL_INPUTS } from '../tool-inputs.ts';

export const BUILD_INPUTS = {
  ...IMAGE_INPUTS,
  platform: PLATFORM_INPUT,
  context: input.path({ description: 'Folder whose files the build may copy.', default: '.' }),
  file: input.path({
    description: "The Containerfile. Without it, 'Containerfile' or 'Dockerfile' in the context.",
  }),
  target: input.string({
    description: 'Stage to build, where it is not the last one.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
    form: "the name or the number of a stage, for example 'runtime'",
  }),
  'build-args': input.map({
    description:
      "Build arguments, as a map. They stay readable in the image's history: a secret belongs into 'secrets'.",
  }),
  secrets: input.list({
    description:
      "Secrets for `RUN --mount=type=secret`, one a line: 'id=VARIABLE' for the value of a variable of the job, 'id=file:VARIABLE' for the file that the variable names. They reach no layer, log or record.",
  }),
  labels: input.map({
    description:
      'Labels of the image, as a map. `org.opencontainers.image.source` and `.revision` are set where they are known.',
  }),
  annotations: input.map({ description: 'Annotations, as a map.' }),
  'cache-from': input.list({
    description: 'Repositories with layers of earlier builds, one a line.',
    check: checkRepository,
  }),
  'cache-to': input.list({
    description: 'Repositories that get the layers of this build, one a line.',
    check: checkRepository,
  }),
  registries: input.list({
    description:
      "Registries whose logins the tool gets, for private base images, one a line, for example '111122223333.dkr.ecr.eu-central-1.amazonaws.com'. Those of 'cache-from' and 'cache-to' belong to them. Where there is none of these, the tool uses its own configuration.",
    check: (text) =>
      text.includes('/') || checkRepository(`${text}/name`) !== undefined
        ? 'is not a registry; write its host name, with a port if it has one'
        : undefined,
  }),
  'pull-base': input.boolean({
    description: 'Ask the registry for base images even where one of that name is on this machine.',
    default: 'true',
  }),
  reproducible: input.boolean({
    description:
      'Make the same image of the same commit: all times in it are that of the commit, or what SOURCE_DATE_EPOCH says. buildah and Podman then use no cache.',
    default: 'false',
  }),
  ...TOOL_INPUTS,
} as const;
