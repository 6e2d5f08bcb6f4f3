import { chooseTool, type TOOL_NAMES, type Tool } from './builders/choose-tool.ts';
import { machineFacts, type StorageSettings, storageSettings } from './builders/storage-settings.ts';

/** A tool and how it is to work; JSON, so that a clean-up after the job knows it. */
export type ChosenTool = Tool & {
  readonly isolation: string | null;
  readonly storageDriver: string | null;
};

interface Inputs {
  readonly tool: 'auto' | (typeof TOOL_NAMES)[number];
  readonly isolation: string;
  readonly 'storage-driver': string;
}

/**
 * The tool that the inputs and the machine come to.
 *
 * @throws OperationFailed when it is not there
 */
export function toolFor(inputs: Inputs, environment: NodeJS.ProcessEnv): ChosenTool {
  const tool = chooseTool(inputs.tool, environment);
  const { isolation, storageDriver } = storageSettings(
    { isolation: inputs.isolation, storageDriver: inputs['storage-driver'] },
    machineFacts(environment),
  );
  return { ...tool, isolation: isolation ?? null, storageDriver: storageDriver ?? null };
}

export function settingsOf({ isolation, storageDriver }: ChosenTool): StorageSettings {
  return { isolation: isolation ?? undefined, storageDriver: storageDriver ?? undefined };
}
