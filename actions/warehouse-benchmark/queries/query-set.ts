/** One query of the benchmark, 1 to 99. Four of the standard's have two statements (14, 23, 24 and 39). */
export interface Query {
  readonly number: number;
  readonly statements: readonly string[];
}

/** Queries as the sessions run them. */
export interface QuerySet {
  /** Where they come from, for people: `DuckDB tpcds 1.5.5`, or the folder. */
  readonly source: string;
  /** SHA-256 of all texts with their numbers, in hexadecimal: equal where the same is measured. */
  readonly digest: string;
  /** The numbers, in ascending order. */
  readonly numbers: readonly number[];
  /** True when the parameters are those of the standard's qualification, for which answers are known. */
  readonly forQualification: boolean;
  /** True when each stream has parameters of its own. */
  readonly hasStreams: boolean;
  /**
   * The queries of a stream in the order in which a session runs them. Stream 0 is the single user.
   *
   * @param stream 0 to 20
   */
  stream(stream: number): readonly Query[];
}
