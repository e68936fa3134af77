export interface LearnRequest {
  readonly tenant: string;
  /** Whole minutes since 1970: one whose telemetry has arrived. */
  readonly minute: number;
}
