import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { tableOpenIncidents } from '../adapters/table-open-incidents.ts';
import { tableSettingsBook } from '../adapters/table-settings-book.ts';
import { tableSummaryLog } from '../adapters/table-summary-log.ts';
import { tableTemplateBook } from '../adapters/table-template-book.ts';
import { tableWindowStore } from '../adapters/table-window-store.ts';
import { evaluateEnv } from '../env.ts';
import type { EvaluateTenantDeps } from '../usecases/evaluate-tenant.ts';
import { settingsFrom } from '../usecases/service-settings.ts';
import { sreTables } from './tables.ts';

/** What folds and judges. */
export const wireEvaluate = (): EvaluateTenantDeps => {
  const tables = sreTables(readEnv(evaluateEnv));
  return {
    log: tableSummaryLog({ tables }),
    windows: tableWindowStore({ tables }),
    clock: systemClock,
    metrics: { record: recordMetrics },
    settings: settingsFrom(
      tableSettingsBook({ tables }),
      tableOpenIncidents({ tables, nowMs: systemClock.nowMs }),
    ),
    templates: tableTemplateBook({ tables, nowMs: systemClock.nowMs }),
  };
};
