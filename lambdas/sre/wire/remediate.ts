import { awsClient } from '../../platform/aws/aws-client.ts';
import { awsIdentity, awsPlace } from '../../platform/aws/aws-environment.ts';
import { awsJsonCalls } from '../../platform/aws/aws-json-client.ts';
import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { report } from '../../platform/logger.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { outbound, systemResolve } from '../../platform/outbound.ts';
import { secretParameters } from '../../platform/parameters.ts';
import { queueSender } from '../../platform/queues.ts';
import { timers } from '../../platform/timers.ts';
import { newAttemptId } from '../../shared/ids.ts';
import { act, look, type ActDeps } from '../actions/act.ts';
import { parameterDestinationSecrets } from '../adapters/parameter-destination-secrets.ts';
import { queueRemediations } from '../adapters/queue-remediations.ts';
import { tableIncidentStore } from '../adapters/table-incident-store.ts';
import { tableRemediationStore } from '../adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import { allowedActions, remediateEnv } from '../env.ts';
import { remediationText } from '../formats/remediation-message.ts';
import type { RunRemediationDeps } from '../usecases/run-remediation.ts';
import { sreTables } from './tables.ts';

/** What is done is done once: no client repeats a request whose answer did not come. */
const ONCE = { attemptsMax: 1, retryBaseMs: 100 };
const LAMBDA = {
  signingName: 'lambda',
  limits: { socketsMax: 4, connectTimeoutMs: 5_000, requestTimeoutMs: 60_000 },
  ...ONCE,
};
const SYSTEMS_MANAGER = {
  signingName: 'ssm',
  limits: { socketsMax: 4, connectTimeoutMs: 5_000, requestTimeoutMs: 15_000 },
  ...ONCE,
};

/** What does what a person allowed. */
export const wireRemediate = ({
  mask,
}: {
  readonly mask: (text: string) => string;
}): RunRemediationDeps => {
  const env = readEnv(remediateEnv);
  const tables = sreTables(env);
  const { nowMs } = systemClock;
  const acting: ActDeps = {
    outbound: outbound({
      isLoopbackAllowed: env.LOCAL_WEBHOOKS === 'allow',
      resolve: systemResolve,
    }),
    lambda: awsClient({ place: awsPlace('lambda'), ...LAMBDA, nowMs }),
    systemsManager: awsJsonCalls(awsClient({ place: awsPlace('ssm'), ...SYSTEMS_MANAGER, nowMs }), {
      version: '1.1',
      target: 'AmazonSSM',
    }),
    region: awsIdentity().region,
    allowed: allowedActions(env),
    mask,
    nowMs,
  };
  return {
    runbooks: tableRunbookBook({ tables }),
    remediations: tableRemediationStore({ tables }),
    incidents: tableIncidentStore({ tables }),
    secrets: parameterDestinationSecrets({
      parameters: secretParameters(),
      prefix: env.RUNBOOK_SECRETS_PREFIX,
    }),
    queue: queueRemediations({
      send: queueSender(env.REMEDIATIONS_QUEUE_URL),
      textOf: remediationText,
    }),
    act: act(acting),
    look: look(acting),
    newAttemptId,
    timers,
    metrics: { record: recordMetrics },
    report,
  };
};
