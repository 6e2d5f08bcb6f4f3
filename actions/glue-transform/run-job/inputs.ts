import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';

export const RUN_JOB_INPUTS = {
  job: input.string({
    description: 'Name of the Glue job.',
    required: true,
    // Source: Glue API reference, "StartJobRun" (a single line of at most 255 bytes).
    check: (name) =>
      Buffer.byteLength(name) > 255 || /[\r\n]/.test(name)
        ? 'is not the name of a job; write a single line of at most 255 bytes'
        : undefined,
  }),
  arguments: input.map({
    description:
      "Arguments for this run, one a line, for example 'day: 2026-01-31' or '--day: 2026-01-31'. They take the place of the job's own. Glue shows them in logs, so give no secret.",
  }),
  timeout: input.duration({
    description:
      'The longest that the run may take, with all its attempts. One that goes on is stopped, and the step fails.',
    default: '1h',
  }),
  workers: input.integer({
    description: "Number of workers for this run, of the job's worker type. Without it, as many as the job has.",
    min: 1,
    max: 2000,
  }),
  'price-per-dpu-hour': input.number({
    description: 'Price of a DPU-hour in US dollars in your Region, for the costs in the report.',
    above: 0,
    max: 100,
  }),
  'check-transforms': input.boolean({
    description: 'Refuse to start while a transform that the job uses is not published.',
    default: 'true',
  }),
} as const satisfies InputSpecs;

export const RUN_JOB_OUTPUTS = {
  status: "'succeeded', 'failed', 'stopped', 'timed-out' or 'expired'.",
  'run-id': 'Id of the run; of the last attempt, where Glue tried again.',
  state: "State of the run in Glue's words, for example 'SUCCEEDED'.",
  attempt: 'Which attempt it was, from 1 on.',
  'execution-seconds': 'How long the last attempt ran, in seconds.',
  'dpu-seconds': 'What all attempts used, in DPU-seconds.',
  'cost-usd': 'Costs of all attempts by the given price, in US dollars.',
} as const;
