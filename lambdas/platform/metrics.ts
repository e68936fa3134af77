import {
  METRIC_NAMESPACE,
  METRICS,
  type MetricDimension,
  type MetricName,
} from '../shared/metric-names.ts';
import * as z from 'zod';
import { readEnv } from './env.ts';
import { invocationFacts } from './invocation.ts';
import { report, SERVICE } from './logger.ts';

/** A tool of the operator prints its answer where a function prints metrics. */
const { POWERTOOLS_METRICS_DISABLED: disabled } = readEnv(
  z.object({ POWERTOOLS_METRICS_DISABLED: z.string().default('false') }),
);

/** A list is of so many happenings; CloudWatch reads up to 100 of one line. */
export type Figures = Partial<Readonly<Record<MetricName, number | readonly number[]>>>;
export interface About {
  /** Splits the figures; they count in the total as well. Few values each: every combination costs as a metric. */
  readonly by?: Partial<Readonly<Record<MetricDimension, string>>>;
  /** For whoever reads the line; never splits anything. */
  readonly facts?: Readonly<Record<string, string>>;
}

/**
 * One line of CloudWatch's embedded metric format for one happening, after whatever this turn of the event loop
 * sends: to print blocks, and an answer need not wait for it. A metric that cannot be sent never fails the call.
 */
export const recordMetrics = (figures: Figures, { by = {}, facts = {} }: About = {}): void => {
  if (disabled === 'true') return;
  const all = { ...invocationFacts(), ...facts };
  setImmediate(() => print(figures, { by, facts: all }));
};

const print = (figures: Figures, about: Required<About>): void => {
  try {
    const line = embedded(figures, about);
    if (line !== null) process.stdout.write(`${JSON.stringify(line)}\n`);
  } catch (error) {
    report('metric not sent', error);
  }
};

/**
 * The total, and beside it the figures split; null: there is nothing to report. The only dimension of the total is the
 * service. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const embedded = (figures: Figures, { by, facts }: Required<About>): object | null => {
  const splits = Object.entries(by).filter(([, value]) => value !== '');
  const metrics: { Name: string; Unit: string }[] = [];
  const values: Record<string, number | readonly number[]> = {};
  for (const name of METRIC_NAMES) {
    const value = figures[name];
    if (value === undefined || (typeof value !== 'number' && value.length === 0)) continue;
    const { name: Name, unit: Unit } = METRICS[name];
    metrics.push({ Name, Unit });
    values[Name] = value;
  }
  if (metrics.length === 0) return null;
  const total = ['service'];
  const dimensions =
    splits.length === 0 ? [total] : [total, [...total, ...splits.map(([name]) => name)]];
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: METRIC_NAMESPACE, Dimensions: dimensions, Metrics: metrics },
      ],
    },
    ...facts,
    service: SERVICE,
    ...Object.fromEntries(splits),
    ...values,
  };
};

const isMetricName = (name: string): name is MetricName => Object.hasOwn(METRICS, name);
const METRIC_NAMES = Object.keys(METRICS).filter(isMetricName);

let isCold = true;
/** Counts the first event that this instance serves. */
export const countColdStart = (functionName: string): void => {
  if (isCold) recordMetrics({ coldStarts: 1 }, { by: { function: functionName } });
  isCold = false;
};
