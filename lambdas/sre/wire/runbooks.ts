import { dynamoKeyRegister } from '../../ledger/adapters/dynamo-key-register.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { secretParameters } from '../../platform/parameters.ts';
import { timers } from '../../platform/timers.ts';
import { newHoldId } from '../../shared/ids.ts';
import { parameterDestinationSecrets } from '../adapters/parameter-destination-secrets.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableRemediationStore } from '../adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import { allowedActions, runbooksEnv } from '../env.ts';
import { sreTables } from './tables.ts';

/** What people write down, propose and allow. */
export const wireRunbooks = () => {
  const env = readEnv(runbooksEnv);
  const tables = sreTables(env);
  return {
    corsOrigins: env.CORS_ORIGINS,
    keys: dynamoKeyRegister({ tables }),
    runbooks: tableRunbookBook({ tables }),
    remediations: tableRemediationStore({ tables }),
    incidents: tableIncidentStore({ tables }),
    secrets: parameterDestinationSecrets({
      parameters: secretParameters(),
      prefix: env.RUNBOOK_SECRETS_PREFIX,
    }),
    allowed: allowedActions(env),
    isLoopbackAllowed: env.LOCAL_WEBHOOKS === 'allow',
    newRunbookId: () => `runbook_${newHoldId(systemClock.nowMs())}`,
    isAgent: false,
    clock: systemClock,
    timers,
  };
};
