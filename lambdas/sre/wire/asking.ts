import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { queueSender } from '../../platform/queues.ts';
import { queueEvaluations } from '../adapters/queue-evaluations.ts';
import { tableActiveTenants } from '../adapters/table-active-tenants.ts';
import { askingEnv } from '../env.ts';
import { evaluationText } from '../formats/evaluation-message.ts';
import { sreTables } from './tables.ts';

/** What asks for evaluations. */
export const wireAsking = () => {
  const env = readEnv(askingEnv);
  return {
    tenants: tableActiveTenants({ tables: sreTables(env), nowMs: systemClock.nowMs }),
    evaluations: queueEvaluations({
      send: queueSender(env.EVALUATE_QUEUE_URL),
      textOf: evaluationText,
    }),
  };
};
