import { METRICS, type MetricName } from '../lambdas/shared/metric-names.ts';
import type { Inventory } from './inventory.ts';
import { schedules } from './parts.ts';

/** Published in hours that have a failure alone; a metric is billed by the hours in which it is published. */
const FAILURES: ReadonlySet<MetricName> = new Set([
  'costAboveHold',
  'estimatedSettlements',
  'failedSettlements',
  'expiredHolds',
  'providerErrors',
  'failedRecords',
  'storageFailures',
  'unexpectedFailures',
  'failedDiagnoses',
] as const);
/** Values that a dimension usually has; functions are counted in the template. */
const PROVIDERS = 2;
const REASONS = 4;

/** What a schedule starts counts no cold starts, so that an idle stage publishes nothing. */
const scheduledCount = (inventory: Inventory): number =>
  new Set(schedules(inventory).map((schedule) => schedule.function?.id)).size;

/** Series of our own metrics that a stage with traffic publishes: a total each, and one for each value of `by`. */
export const busySeries = (inventory: Inventory): number => {
  const values = {
    provider: PROVIDERS,
    reason: REASONS,
    function: inventory.count('AWS::Lambda::Function') - scheduledCount(inventory),
  };
  return Object.entries(METRICS)
    .filter(([name]) => ![...FAILURES].some((failure) => failure === name))
    .reduce((sum, [, metric]) => sum + 1 + ('by' in metric ? values[metric.by] : 0), 0);
};
