/** Some rows of a result, by column, so that who has them by column makes no rows of them. */
export interface ResultBlock {
  readonly rows: number;
  readonly columns: number;
  /** Gives the values of a column to a sink in the order of the rows, one call a row. */
  giveColumn(column: number, sink: ValueSink): void;
}

/** Takes the values of a column. */
export interface ValueSink {
  /** @param value as an engine writes it; one that reads as a number is one */
  text(value: string | null): void;
  /**
   * A number of a column that has nothing but numbers and NULLs.
   *
   * @param units a safe integer: the number without its point
   * @param scale digits after the point, from 0 to 22
   */
  number(units: number, scale: number): void;
}
