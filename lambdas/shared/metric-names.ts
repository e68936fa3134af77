/** CloudWatch's namespace of everything below; its dimension `service` is `sluice-<stage>`. */
export const METRIC_NAMESPACE = 'Sluice';

interface MetricKind {
  readonly name: string;
  readonly unit: 'Count' | 'Milliseconds' | 'None';
  /** What it is split by, beside the total. */
  readonly by?: 'provider' | 'reason' | 'function';
}

/** The one list of our own metrics: emitters, alarms and dashboard take their names from here. */
export const METRICS = {
  calls: { name: 'Calls', unit: 'Count' },
  refusedHolds: {
    name: 'RefusedHolds',
    unit: 'Count',
    by: 'reason',
  },
  moneyRefusals: {
    name: 'MoneyRefusals',
    unit: 'Count',
    by: 'reason',
  },
  settledMicros: {
    name: 'SettledMicros',
    unit: 'None',
  },
  costAboveHold: {
    name: 'CostAboveHold',
    unit: 'Count',
  },
  estimatedSettlements: {
    name: 'EstimatedSettlements',
    unit: 'Count',
  },
  failedSettlements: {
    name: 'FailedSettlements',
    unit: 'Count',
  },
  expiredHolds: {
    name: 'ExpiredHolds',
    unit: 'Count',
  },
  addedMs: {
    name: 'AddedMs',
    unit: 'Milliseconds',
  },
  firstTokenMs: {
    name: 'FirstTokenMs',
    unit: 'Milliseconds',
  },
  providerErrors: {
    name: 'ProviderErrors',
    unit: 'Count',
    by: 'provider',
  },
  turns: { name: 'Turns', unit: 'Count', by: 'reason' },
  firstEventMs: {
    name: 'FirstEventMs',
    unit: 'Milliseconds',
  },
  takeovers: {
    name: 'Takeovers',
    unit: 'Count',
    by: 'reason',
  },
  stuckRuns: {
    name: 'StuckRuns',
    unit: 'Count',
  },
  unsweptRuns: {
    name: 'UnsweptRuns',
    unit: 'Count',
  },
  rollUpLagMs: {
    name: 'RollUpLagMs',
    unit: 'Milliseconds',
  },
  failedRecords: {
    name: 'FailedRecords',
    unit: 'Count',
    by: 'function',
  },
  storageFailures: {
    name: 'StorageFailures',
    unit: 'Count',
  },
  unexpectedFailures: {
    name: 'UnexpectedFailures',
    unit: 'Count',
    by: 'function',
  },
  fanOutLagMs: {
    name: 'FanOutLagMs',
    unit: 'Milliseconds',
  },
  failedPosts: {
    name: 'FailedPosts',
    unit: 'Count',
  },
  ingestedBytes: {
    name: 'IngestedBytes',
    unit: 'None',
  },
  ingestedRecords: {
    name: 'IngestedRecords',
    unit: 'Count',
  },
  rejectedRecords: {
    name: 'RejectedRecords',
    unit: 'Count',
  },
  failedIngests: {
    name: 'FailedIngests',
    unit: 'Count',
  },
  evaluateLagMs: {
    name: 'EvaluateLagMs',
    unit: 'Milliseconds',
  },
  evaluations: {
    name: 'Evaluations',
    unit: 'Count',
  },
  anomalies: {
    name: 'Anomalies',
    unit: 'Count',
  },
  incidents: {
    name: 'Incidents',
    unit: 'Count',
  },
  tickets: {
    name: 'Tickets',
    unit: 'Count',
  },
  ticketMs: {
    name: 'TicketMs',
    unit: 'Milliseconds',
  },
  failedDeliveries: {
    name: 'FailedDeliveries',
    unit: 'Count',
    by: 'reason',
  },
  stoppedDeliveries: {
    name: 'StoppedDeliveries',
    unit: 'Count',
    by: 'reason',
  },
  refusedCredentials: {
    name: 'RefusedCredentials',
    unit: 'Count',
  },
  diagnoses: {
    name: 'Diagnoses',
    unit: 'Count',
  },
  failedDiagnoses: {
    name: 'FailedDiagnoses',
    unit: 'Count',
  },
  failedRemediations: {
    name: 'FailedRemediations',
    unit: 'Count',
  },
  unindexedRecords: {
    name: 'UnindexedRecords',
    unit: 'Count',
  },
  coldStarts: {
    name: 'ColdStarts',
    unit: 'Count',
    by: 'function',
  },
} as const satisfies Readonly<Record<string, MetricKind>>;

export type MetricName = keyof typeof METRICS;
export type MetricDimension = 'provider' | 'reason' | 'function';
