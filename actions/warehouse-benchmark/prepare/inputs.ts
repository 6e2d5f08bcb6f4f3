import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { WAREHOUSE_INPUTS, WHEN_DONE } from '../inputs.ts';
import { checkRpus, RPUS_FORM } from '../warehouse/rpus.ts';

/** A name in double quotes of SQL, as far as a data share may have one. */
const SHARE_NAME = /^[A-Za-z0-9_.-]{1,127}$/;

export const PREPARE_INPUTS = {
  ...WAREHOUSE_INPUTS,
  rpus: input.string({
    description: `Base capacity of the workgroup in Redshift Processing Units: ${RPUS_FORM}. A workgroup of another capacity is resized. Without it, one that is there stays as it is; to make one it is needed.`,
    check: checkRpus,
  }),
  namespace: input.string({
    description: 'Namespace in which the workgroup is made when it is missing. Only needed for that.',
    pattern: /^[a-z0-9-]{3,64}$/,
    form: 'three to 64 lower-case letters, digits and hyphens',
  }),
  'subnet-ids': input.list({
    description: 'Subnets of a workgroup that is made, one a line. Without them, those of the default VPC.',
    check: (entry) => (/^subnet-[0-9a-f]{8,17}$/.test(entry) ? undefined : 'is not the id of a subnet'),
  }),
  'security-group-ids': input.list({
    description:
      'Security groups of a workgroup that is made, one a line. Without them, the default group of the VPC. The Data API needs no open port.',
    check: (entry) => (/^sg-[0-9a-f]{8,17}$/.test(entry) ? undefined : 'is not the id of a security group'),
  }),
  'share-name': input.string({
    description: 'Name of the data share. Without it, the only one whose name has TPC-DS in it.',
    pattern: SHARE_NAME,
    form: 'up to 127 letters, digits, underscores, dots and hyphens',
  }),
  'share-database': input.string({
    description: 'Database that is made from the data share, when it is missing.',
    pattern: /^[a-z_][a-z0-9_]{0,126}$/,
    form: "an identifier of lower-case letters, digits and underscores, for example 'tpcds_db'",
    default: 'tpcds_db',
  }),
  'when-done': WHEN_DONE,
  timeout: input.duration({
    description: 'The longest that making or resizing the workgroup may take.',
    default: '30m',
  }),
} as const satisfies InputSpecs;

export const PREPARE_OUTPUTS = {
  status: "'prepared'; 'nothing' when everything was there already; 'planned'.",
  engine: "'duckdb' or 'redshift'.",
  'scale-factor': 'Gigabytes of raw data.',
  workgroup: "Name of the workgroup. Only with the engine 'redshift', as all that follows.",
  database: 'Database with the schema.',
  schema: 'Schema with the tables.',
  rpus: 'Base capacity of the workgroup now.',
  'rpus-before': 'Base capacity before, so that it can be given back. Left out when the workgroup was made.',
} as const;
