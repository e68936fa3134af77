/**
 * What a line reports, and how sure it is, in thousandths: the published weights. A line of several groups counts in
 * each.
 */
export const SIGNAL_WEIGHTS = {
  oom: 950,
  crash: 950,
  resource: 800,
  dependency: 750,
  database: 750,
  timeout: 700,
  connection: 650,
  auth: 400,
} as const;

export type SignalGroup = keyof typeof SIGNAL_WEIGHTS;

const isGroup = (name: string): name is SignalGroup => Object.hasOwn(SIGNAL_WEIGHTS, name);

/** Summaries store a group by its index here: new groups go to the end. */
export const SIGNAL_GROUPS: readonly SignalGroup[] = Object.keys(SIGNAL_WEIGHTS).filter(isGroup);

/** Groups that need no window: a process that ends, or has nothing left to run on. */
export const IMMEDIATE_GROUPS: readonly SignalGroup[] = ['oom', 'crash', 'resource'];

/** OpenTelemetry's severity numbers: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
export const WARN = 13;
export const ERROR = 17;
export const FATAL = 21;
