import type { Json } from '../../../lib/hosts/host.ts';

/** Every fact that preparing Redshift rests on. What only passes, such as a status, is none. */
export type RedshiftDetails = {
  readonly [key: string]: Json;
  readonly engine: 'redshift';
  readonly scaleFactor: number;
  readonly workgroup: string;
  readonly namespace: string;
  readonly database: string;
  readonly schema: string;
  readonly shareDatabase: string;
  readonly shareName: string | null;
  /** Base capacity now; null when there is no workgroup. */
  readonly rpusBefore: number | null;
  readonly rpus: number;
  /** Only for a workgroup that is made. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
};

export type DuckdbDetails = {
  readonly [key: string]: Json;
  readonly engine: 'duckdb';
  readonly scaleFactor: number;
  readonly hasData: boolean;
};

export type PrepareDetails = RedshiftDetails | DuckdbDetails;

/** What a run came to. */
export interface Prepared {
  /** One sentence for each thing that was done; empty when everything was there. */
  readonly done: readonly string[];
}
