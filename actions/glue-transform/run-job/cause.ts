import { pythonPath } from '../jobs/use.ts';

/** What is known of a job whose run has failed. */
export interface Failure {
  readonly message: string;
  /** Names of the transforms that the job uses. */
  readonly transforms: readonly string[];
}

export interface Advice {
  readonly cause: string;
  readonly next: string;
}

/** The line of a message that tells most: of a Python traceback the last, of others the first. Pure. */
export function tellingLine(message: string): string {
  const lines = message
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const errors = lines.filter((line) => /^(\w+\.)*\w+(Error|Exception)\b/.test(line));
  return errors.at(-1) ?? lines.at(0) ?? '';
}

/** The likely cause of a failed run by its message, and what to do about it. Pure. */
export function adviceOn({ message, transforms }: Failure): Advice {
  for (const { words, advice } of KNOWN) {
    const match = words.exec(message);
    if (match !== null)
      return advice(
        match.slice(1).map((part) => part ?? ''),
        transforms,
      );
  }
  return { cause: 'the script of the job, or the data that it reads', next: 'Look into the log of the run' };
}

const PUBLISH = "Run 'glue-transform publish' for this account and Region";

/** The first that matches counts: what is more special comes before what is more general. */
const KNOWN: readonly {
  readonly words: RegExp;
  readonly advice: (parts: readonly string[], transforms: readonly string[]) => Advice;
}[] = [
  {
    words: /No module named '?"?([\w.]+)/,
    advice: ([module = ''], transforms) =>
      transforms.includes(module)
        ? { cause: `the Python file of the transform ${module} is not where the job looks`, next: PUBLISH }
        : {
            cause: `the module ${module} is not in this version of Glue, and the job does not bring it along`,
            next: `Name it in '--additional-python-modules' or '--extra-py-files' of the job; if it is a transform, ${PUBLISH.charAt(0).toLowerCase()}${PUBLISH.slice(1)}`,
          },
  },
  {
    words: /'DynamicFrame' object has no attribute '(\w+)'/,
    advice: ([name = '']) => ({
      cause: `the function ${name} is not attached to DynamicFrame: its transform is not in '--extra-py-files' of the job, is an older one, or attaches it under another name`,
      next: `Run 'glue-transform check' and 'glue-transform publish'; the job must have ${pythonPath('<bucket>', name)} in '--extra-py-files'`,
    }),
  },
  {
    words: /TypeError: (\w+)\(\) (?:got an unexpected keyword argument|missing \d+ required|takes \d+ positional)/,
    advice: ([name = ''], transforms) =>
      transforms.includes(name)
        ? {
            cause: `the job was saved with another definition of the transform ${name}`,
            next: "Save the job again: 'glue-transform publish' names such jobs, and 'save-jobs: true' saves them",
          }
        : { cause: `${name} is called with other parameters than it has`, next: 'Look into the log of the run' },
  },
  {
    words: /GlueArgumentError|the following arguments are required/i,
    advice: () => ({
      cause: 'the script asks for an argument that neither the job nor this run gives',
      next: "Give it in 'arguments'",
    }),
  },
  {
    words: /AccessDenied|Access Denied|not authorized to perform|Status Code: 403/i,
    advice: () => ({
      cause: 'the role of the job lacks a permission, or a bucket or key refuses it',
      next: "Compare the role of the job with what it reads and writes; the transforms need s3:GetObject in 'aws-glue-assets-*'",
    }),
  },
  {
    words: /Path does not exist|NoSuchKey|NoSuchBucket|FileNotFoundException|Status Code: 404/i,
    advice: () => ({
      cause: 'a script, library or input of the job is not there',
      next: 'Check the paths in the message, in the job and in its arguments',
    }),
  },
  {
    words: /OutOfMemory|Java heap space|No space left on device|memory limits|exit code 137/i,
    advice: () => ({
      cause: 'the workers have too little memory or disk for the data',
      next: "Give more 'workers', or the job a larger worker type",
    }),
  },
  {
    words: /maximum concurrent|Resource unavailable|insufficient capacity|ResourceNumberLimit/i,
    advice: () => ({
      cause: 'the account or the Region has no capacity for the run at the moment',
      next: 'Run again later, or have the quota of Glue raised in Service Quotas',
    }),
  },
];
