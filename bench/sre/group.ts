/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** '' where there is none. */
  readonly goal: string;
}

/** Rows that are measured together. */
export interface RowGroup {
  readonly name: string;
  readonly about: string;
  readonly rows: (options: {
    readonly isQuick: boolean;
  }) => readonly Row[] | Promise<readonly Row[]>;
}
