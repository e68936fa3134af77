/** CloudWatch's namespace of everything below; its dimension `service` is `sluice-<stage>`. */
export const METRIC_NAMESPACE = 'Sluice';

interface MetricKind {
  readonly name: string;
  readonly unit: 'Count' | 'Milliseconds' | 'None';
  /** What one figure means, in the words of the dashboard. */
  readonly meaning: string;
  /** What it is told by, beside the total. */
  readonly by?: 'provider' | 'reason' | 'function';
}

/** The one list of our own metrics: emitters, alarms and dashboard take their names from here. */
export const METRICS = {
  calls: { name: 'Calls', unit: 'Count', meaning: 'Model calls that ended' },
  refusedHolds: {
    name: 'RefusedHolds',
    unit: 'Count',
    meaning: 'Calls refused before the provider was asked',
    by: 'reason',
  },
  moneyRefusals: {
    name: 'MoneyRefusals',
    unit: 'Count',
    meaning: 'Calls refused with 402',
    by: 'reason',
  },
  settledMicros: {
    name: 'SettledMicros',
    unit: 'None',
    meaning: 'Settled cost, micro-USD, each call rounded up',
  },
  costAboveHold: {
    name: 'CostAboveHold',
    unit: 'Count',
    meaning: 'Calls that cost more than was held for them',
  },
  estimatedSettlements: {
    name: 'EstimatedSettlements',
    unit: 'Count',
    meaning: 'Calls settled at our own count of tokens',
  },
  failedSettlements: {
    name: 'FailedSettlements',
    unit: 'Count',
    meaning: 'Settlements that the store did not take',
  },
  expiredHolds: {
    name: 'ExpiredHolds',
    unit: 'Count',
    meaning: 'Holds ended by their expiry, at their full amount',
  },
  addedMs: {
    name: 'AddedMs',
    unit: 'Milliseconds',
    meaning: 'Time of a call that was ours: until the provider was asked, and to settle',
  },
  firstTokenMs: {
    name: 'FirstTokenMs',
    unit: 'Milliseconds',
    meaning: 'Time to the first token, or to a whole answer',
  },
  providerErrors: {
    name: 'ProviderErrors',
    unit: 'Count',
    meaning: 'Answers 429 and 5xx, timeouts and broken streams',
    by: 'provider',
  },
  turns: { name: 'Turns', unit: 'Count', meaning: 'Turns of threads that ended', by: 'reason' },
  firstEventMs: {
    name: 'FirstEventMs',
    unit: 'Milliseconds',
    meaning: 'Time from a turn’s request until its first words were stored and shown',
  },
  takeovers: {
    name: 'Takeovers',
    unit: 'Count',
    meaning: 'Turns that lost their producer and were taken over',
    by: 'reason',
  },
  stuckRuns: {
    name: 'StuckRuns',
    unit: 'Count',
    meaning: 'Turns past their lease that did not end',
  },
  unsweptRuns: {
    name: 'UnsweptRuns',
    unit: 'Count',
    meaning: 'Turns that the sweep failed to look after',
  },
  rollUpLagMs: {
    name: 'RollUpLagMs',
    unit: 'Milliseconds',
    meaning: 'Age of a settlement when usage shows it',
  },
  failedRecords: {
    name: 'FailedRecords',
    unit: 'Count',
    meaning: 'Stream records that failed and will come again',
    by: 'function',
  },
  storageFailures: {
    name: 'StorageFailures',
    unit: 'Count',
    meaning: 'Storage calls that failed after their retries',
  },
  unexpectedFailures: {
    name: 'UnexpectedFailures',
    unit: 'Count',
    meaning: 'Requests that met a defect of ours',
    by: 'function',
  },
  fanOutLagMs: {
    name: 'FanOutLagMs',
    unit: 'Milliseconds',
    meaning: 'Age of what happened to a watched thread when its sockets are told',
  },
  failedPosts: {
    name: 'FailedPosts',
    unit: 'Count',
    meaning: 'Frames that did not come through to a socket that is open',
  },
  ingestedBytes: {
    name: 'IngestedBytes',
    unit: 'None',
    meaning: 'Bytes of telemetry that were stored, as they were without compression',
  },
  ingestedRecords: {
    name: 'IngestedRecords',
    unit: 'Count',
    meaning: 'Records and spans that were stored',
  },
  rejectedRecords: {
    name: 'RejectedRecords',
    unit: 'Count',
    meaning: 'Records and spans that were refused, in batches that were stored',
  },
  failedIngests: {
    name: 'FailedIngests',
    unit: 'Count',
    meaning: 'Batches of telemetry answered 503: their senders try again',
  },
  evaluateLagMs: {
    name: 'EvaluateLagMs',
    unit: 'Milliseconds',
    meaning: 'How far the windows of a tenant are behind what arrived',
  },
  evaluations: {
    name: 'Evaluations',
    unit: 'Count',
    meaning: 'Evaluations of a tenant that ended well',
  },
  anomalies: {
    name: 'Anomalies',
    unit: 'Count',
    meaning: 'Anomalies that were found, or got worse',
  },
  incidents: {
    name: 'Incidents',
    unit: 'Count',
    meaning: 'Incidents that were opened',
  },
  tickets: {
    name: 'Tickets',
    unit: 'Count',
    meaning: 'Tickets that were opened at a destination',
  },
  ticketMs: {
    name: 'TicketMs',
    unit: 'Milliseconds',
    meaning: 'Time from the opening of an incident to its ticket at a destination',
  },
  failedDeliveries: {
    name: 'FailedDeliveries',
    unit: 'Count',
    meaning: 'Attempts to bring a ticket to a destination that did not come through',
    by: 'reason',
  },
  stoppedDeliveries: {
    name: 'StoppedDeliveries',
    unit: 'Count',
    meaning: 'Tickets that a destination does not take, or did not take for a day',
    by: 'reason',
  },
  refusedCredentials: {
    name: 'RefusedCredentials',
    unit: 'Count',
    meaning: 'Attempts that a destination refused because of its credentials',
  },
  unindexedRecords: {
    name: 'UnindexedRecords',
    unit: 'Count',
    meaning: 'Records, or blocks that nobody can read, which no search by index finds',
  },
  coldStarts: {
    name: 'ColdStarts',
    unit: 'Count',
    meaning: 'Function instances that served their first event',
    by: 'function',
  },
} as const satisfies Readonly<Record<string, MetricKind>>;

export type MetricName = keyof typeof METRICS;
export type MetricDimension = 'provider' | 'reason' | 'function';
