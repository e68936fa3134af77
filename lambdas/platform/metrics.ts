import { Metrics as Emf } from '@aws-lambda-powertools/metrics';
import {
  METRIC_NAMESPACE,
  METRICS,
  type MetricDimension,
  type MetricName,
} from '../shared/metric-names.ts';
import { invocationFacts } from './invocation.ts';
import { report } from './logger.ts';

export type Figures = Partial<Readonly<Record<MetricName, number>>>;
export interface About {
  /** Splits the figures; they count in the total as well. Few values each: every combination costs as a metric. */
  readonly by?: Partial<Readonly<Record<MetricDimension, string>>>;
  /** For whoever reads the line; never splits anything. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** Filled and printed without a pause between, so that invocations side by side never mix in it. */
const line = new Emf({ namespace: METRIC_NAMESPACE });

/**
 * One line of CloudWatch's embedded metric format for one happening, behind whatever this turn of the event loop
 * sends: to print blocks, and an answer need not wait for it. A metric that cannot be told never fails the call.
 */
export const recordMetrics = (figures: Figures, { by = {}, facts = {} }: About = {}): void => {
  const all = { ...invocationFacts(), ...facts };
  setImmediate(() => print(figures, { by, facts: all }));
};

const print = (figures: Figures, { by, facts }: Required<About>): void => {
  try {
    if (Object.keys(by).length > 0) line.addDimensions({}).addDimensions({ ...by });
    for (const [name, value] of Object.entries(facts)) line.addMetadata(name, value);
    const values = new Map(Object.entries(figures));
    for (const [name, { name: told, unit }] of Object.entries(METRICS)) {
      const value = values.get(name);
      if (value !== undefined) line.addMetric(told, unit, value);
    }
    line.publishStoredMetrics();
  } catch (error) {
    report('metric not told', error);
  } finally {
    line.clearMetrics();
    line.clearDimensions();
    line.clearMetadata();
  }
};

let isCold = true;
/** Counts the first event that this instance serves. */
export const countColdStart = (functionName: string): void => {
  if (isCold) recordMetrics({ coldStarts: 1 }, { by: { function: functionName } });
  isCold = false;
};
