import type { Tables } from '../../platform/tables/tables.ts';
import { timers } from '../../platform/timers.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableRemediationStore } from '../adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import {
  decideRemediation,
  type DecideInput,
  type DecisionMade,
} from '../usecases/decide-remediation.ts';

/** What people decide about steps of runbooks where tickets are. */
export const decideBy = (tables: Tables): ((input: DecideInput) => Promise<DecisionMade>) => {
  const deps = {
    incidents: tableIncidentStore({ tables }),
    remediations: tableRemediationStore({ tables }),
    runbooks: tableRunbookBook({ tables }),
    timers,
  };
  return async (input) => await decideRemediation(deps, input);
};
