import { DRIFT_VERSION } from '../score/drift/rules.ts';
import type { AnomalyFacts } from './anomaly.ts';
import type { FoundDrift } from './source-drift.ts';

const HOUR_MS = 3_600_000;

/** Why it is a drift, in one sentence that names what is usual at this hour. */
export const driftSentence = (service: string, quote: string, drift: FoundDrift): string => {
  const { direction, kind, times, hours } = drift;
  const over = hours === 1 ? 'this hour' : `the last ${hours} hours`;
  if (direction === 'spread')
    return `${subjectOf(kind, service)} ${isMany(kind) ? 'have' : 'has'} been further from what is usual, up and down, for a day than before.`;
  const amount = `${times.toPrecision(2)} times what is usual at this time of the week`;
  const now = `${figure(drift, drift.value)} in the last one, where ${figure(drift, drift.usual)} is usual`;
  if (kind === 'template')
    return `One kind of line of ${service} has come ${amount} over ${over}${quote}; ${now}.`;
  return `${subjectOf(kind, service)} ${isMany(kind) ? 'have' : 'has'} been ${amount} over ${over}: ${now}.`;
};

const isMany = (kind: FoundDrift['kind']): boolean => kind === 'records';

const subjectOf = (kind: FoundDrift['kind'], service: string): string => {
  switch (kind) {
    case 'records':
      return `Records of ${service}`;
    case 'failures':
      return `The share of records of ${service} that fail`;
    case 'p95':
      return `The 95th percentile of the latency of ${service}`;
    case 'template':
      return `One kind of line of ${service}`;
  }
};

const figure = ({ kind }: FoundDrift, value: number): string => {
  switch (kind) {
    case 'p95':
      return `${Math.round(value)} ms`;
    case 'failures':
      return `${(100 * value).toPrecision(2)} %`;
    case 'records':
    case 'template':
      return `${Math.round(value)}`;
  }
};

/** The figures that a reader checks the sentence by. */
export const driftFacts = (drift: FoundDrift): AnomalyFacts => ({
  series: drift.kind,
  direction: drift.direction,
  since_ms: drift.sinceHour * HOUR_MS,
  span_hours: drift.hours,
  z: rounded(drift.z),
  times: rounded(drift.times),
  value: rounded(drift.value),
  usual: rounded(drift.usual),
  rules_version: DRIFT_VERSION,
});

const rounded = (amount: number): number => Number(amount.toPrecision(6));
