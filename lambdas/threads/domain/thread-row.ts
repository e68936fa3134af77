/** A thread as the native routes show it, for whoever shows it otherwise. */
export interface ThreadRow {
  readonly metadata: Readonly<Record<string, string>>;
  readonly end_user_id: string | null;
  readonly [field: string]: unknown;
}
