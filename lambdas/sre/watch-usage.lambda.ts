import { FIRST_PROJECT_ID } from '../ledger/domain/key.ts';
import { scheduleEntry } from '../platform/schedule-entry.ts';
import { eachAtOnce } from '../shared/at-once.ts';
import { watchUsage } from './usecases/watch-usage.ts';
import { wireWatchUsage } from './wire/watch-usage.ts';

/** Two reads of tables each: some hundred projects a second. */
const PROJECTS_AT_ONCE = 8;

const deps = wireWatchUsage();

/** Each five minutes: the keys of the first project, and of those that send telemetry. */
export const handler = scheduleEntry(async () => {
  const projects = new Set([FIRST_PROJECT_ID, ...(await deps.tenants.list())]);
  // What fails in one project keeps no other from being judged.
  await eachAtOnce([...projects], PROJECTS_AT_ONCE, async (projectId) => {
    const fresh = await watchUsage(deps, { projectId });
    if (fresh.length > 0) deps.metrics.record({ anomalies: fresh.length });
  });
});
