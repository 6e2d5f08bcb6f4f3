/** Where the benches of the Redshift engine run, on the local AWS. */
export const PLACE = { WorkgroupName: 'bench', Database: 'dev' } as const;
/** The external schema with the tables. */
export const SCHEMA = 'ext_tpcds';
