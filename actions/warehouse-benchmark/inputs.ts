import { type InputSpecs, input } from '../../lib/operation/inputs.ts';

/** Redshift's own rule for identifiers, without those that need quotes (developer guide, "Names and identifiers"). */
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,126}$/;
const IDENTIFIER_FORM =
  "an identifier of lower-case letters, digits and underscores that does not begin with a digit, for example 'ext_tpcds1000'";

/** Which warehouse is meant; shared by all operations that use one. */
export const WAREHOUSE_INPUTS = {
  engine: input.choice({
    description:
      "'duckdb' runs on this machine and needs no account; 'redshift' runs on a workgroup of Redshift Serverless.",
    options: ['duckdb', 'redshift'],
    default: 'duckdb',
  }),
  'scale-factor': input.choice({
    description:
      "Gigabytes of raw data. 'duckdb' generates 0.01, 0.1, 1 or 10; the data share on AWS Data Exchange has 1, 10, 100, 1000, 3000 and 10000, the one of the local AWS 0.01 to 10. Without it, 0.01 for 'duckdb'; 'redshift' needs it.",
    options: ['0.01', '0.1', '1', '10', '100', '1000', '3000', '10000'],
  }),
  workgroup: input.string({
    description: "Name of the Redshift Serverless workgroup. Only with the engine 'redshift', which needs it.",
    pattern: /^[a-z0-9-]{3,64}$/,
    form: 'three to 64 lower-case letters, digits and hyphens',
  }),
  database: input.string({
    description: 'Database of the namespace in which the external schemas are (not the one of the data share).',
    pattern: IDENTIFIER,
    form: IDENTIFIER_FORM,
    default: 'dev',
  }),
  schema: input.string({
    description:
      "Schema with the tables, for the engine 'redshift'. Without it 'ext_tpcds' with the scale factor, for example 'ext_tpcds1000' (and 'ext_tpcds0_01').",
    pattern: IDENTIFIER,
    form: IDENTIFIER_FORM,
  }),
  'secret-arn': input.string({
    description:
      "ARN of the secret with the login of the database user that runs the statements, for the engine 'redshift'. Without it, the role of the job is that user (IAMR:<role>), which sees only what it was granted.",
    pattern: /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]{1,519}$/,
    form: "the ARN of a secret, such as 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redshift!benchmark-admin-AbCdEf'",
  }),
} as const satisfies InputSpecs;

/** Shared by `prepare` and `run`. */
export const WHEN_DONE = input.choice({
  description:
    "What becomes of the workgroup after 'run', whatever happened: 'keep' it, 'restore' the base capacity that it had before, or 'delete' it, which is done only to one that 'prepare' has made. An idle workgroup costs nothing.",
  options: ['keep', 'restore', 'delete'],
  default: 'keep',
});
