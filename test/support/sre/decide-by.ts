import { tableIncidentStore } from '../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableRemediationStore } from '../../../lambdas/sre/adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../../../lambdas/sre/adapters/table-runbook-book.ts';
import type { Tables } from '../../../lambdas/platform/tables/tables.ts';
import {
  decideRemediation,
  type DecideInput,
  type DecisionMade,
} from '../../../lambdas/sre/usecases/decide-remediation.ts';

/** Decisions about steps of runbooks, as where tickets are. */
export const decideBy =
  (tables: Tables, nowMs = Date.now) =>
  async (input: DecideInput): Promise<DecisionMade> =>
    await decideRemediation(
      {
        incidents: tableIncidentStore({ tables }),
        remediations: tableRemediationStore({ tables }),
        runbooks: tableRunbookBook({ tables }),
        timers: { nowMs, sleep: async () => await Promise.resolve() },
      },
      input,
    );
