import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import type { Inputs } from '../../../lib/operation/inputs.ts';
import { WAREHOUSE_INPUTS } from '../inputs.ts';

/** Where an operation works, with the names of what is there. */
export type Warehouse =
  | { readonly engine: 'duckdb'; readonly scaleFactor: number }
  | {
      readonly engine: 'redshift';
      readonly scaleFactor: number;
      readonly workgroup: string;
      /** Database of the namespace in which the schema is. */
      readonly database: string;
      readonly schema: string;
      /** Secret with the login of the database user that runs the statements; without it, the caller by IAM. */
      readonly secretArn: string | undefined;
    };

/** What DuckDB generates, in gigabytes of raw data; the share of the local AWS has the same. */
export const EMBEDDED_SCALE_FACTORS: readonly string[] = ['0.01', '0.1', '1', '10'];
/** What "TPC-DS Benchmark Data" on AWS Data Exchange has. */
export const SHARED_SCALE_FACTORS: readonly string[] = ['1', '10', '100', '1000', '3000', '10000'];

export interface Chosen {
  readonly inputs: Inputs<typeof WAREHOUSE_INPUTS>;
  /** Asked only for the engine 'redshift': whether the local AWS is meant. */
  readonly aws: { readonly isLocal: boolean };
}

/**
 * The warehouse that the inputs choose.
 *
 * @param onlyRedshift names of the operation's own inputs that only the engine 'redshift' has, each with whether it was given
 * @throws BadInput with every problem: what is missing, does not exist there, or belongs to the other engine
 */
export function parseWarehouse(
  { inputs, aws }: Chosen,
  onlyRedshift: Readonly<Record<string, boolean>> = {},
): Warehouse {
  const problems: InputProblem[] = [];
  const refuse = (input: string, message: string) => problems.push({ input, message: `input '${input}': ${message}` });
  const { engine, workgroup, database, schema, 'secret-arn': secretArn, 'scale-factor': given } = inputs;

  if (engine === 'duckdb') {
    const belongs: Readonly<Record<string, boolean>> = {
      workgroup: workgroup !== undefined,
      database: database !== WAREHOUSE_INPUTS.database.default,
      schema: schema !== undefined,
      'secret-arn': secretArn !== undefined,
      ...onlyRedshift,
    };
    for (const [name, isGiven] of Object.entries(belongs)) {
      if (isGiven) refuse(name, "belongs to the engine 'redshift'; leave it out, or give 'engine: redshift'");
    }
    const scaleFactor = given ?? '0.01';
    checkScaleFactor(scaleFactor, EMBEDDED_SCALE_FACTORS, "the engine 'duckdb' generates", refuse);
    if (problems.length > 0) throw new BadInput(problems);
    return { engine, scaleFactor: Number(scaleFactor) };
  }

  const [allowed, whose] = aws.isLocal
    ? [EMBEDDED_SCALE_FACTORS, 'the data share of the local AWS has']
    : [SHARED_SCALE_FACTORS, 'the data share on AWS Data Exchange has'];
  if (workgroup === undefined) refuse('workgroup', "is required with 'engine: redshift'");
  if (given === undefined) refuse('scale-factor', `is required with 'engine: redshift'; ${whose} ${words(allowed)}`);
  else checkScaleFactor(given, allowed, whose, refuse);
  if (workgroup === undefined || given === undefined || problems.length > 0) throw new BadInput(problems);
  return {
    engine,
    scaleFactor: Number(given),
    workgroup,
    database,
    schema: schema ?? externalSchema(Number(given)),
    secretArn,
  };
}

/** The schema of the data share that has a scale factor: `tpcds1000`, and `tpcds0_01` on the local AWS. */
export function sharedSchema(scaleFactor: number): string {
  return `tpcds${String(scaleFactor).replace('.', '_')}`;
}

/** The external schema that stands for it. */
export function externalSchema(scaleFactor: number): string {
  return `ext_${sharedSchema(scaleFactor)}`;
}

function checkScaleFactor(
  given: string,
  allowed: readonly string[],
  whose: string,
  refuse: (input: string, message: string) => void,
): void {
  if (!allowed.includes(given)) refuse('scale-factor', `'${given}' is not there; ${whose} ${words(allowed)}`);
}

function words(all: readonly string[]): string {
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
