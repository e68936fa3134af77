import { FIRST_PROJECT_ID } from '../ledger/domain/key.ts';
import { scheduleEntry } from '../platform/schedule-entry.ts';
import { watchUsage } from './usecases/watch-usage.ts';
import { wireWatchUsage } from './wire/watch-usage.ts';

const deps = wireWatchUsage();

/** Each five minutes: the keys of the first project, and of those that send telemetry. */
export const handler = scheduleEntry(async () => {
  const projects = new Set([FIRST_PROJECT_ID, ...(await deps.tenants.list())]);
  for (const projectId of projects) {
    const fresh = await watchUsage(deps, { projectId });
    if (fresh.length > 0) deps.metrics.record({ anomalies: fresh.length });
  }
});
