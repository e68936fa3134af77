import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { queueSender } from '../../platform/queues.ts';
import { queuePolls } from '../adapters/queue-deliveries.ts';
import { queueLearning, queueLooks } from '../adapters/queue-incidents.ts';
import { tableDueList } from '../adapters/table-due-list.ts';
import { tablePollList } from '../adapters/table-poll-list.ts';
import { tickEnv } from '../env.ts';
import { pollText } from '../formats/delivery-message.ts';
import { learnText } from '../formats/learn-message.ts';
import { lookText } from '../formats/look-message.ts';
import type { TickDeps } from '../usecases/tick.ts';
import { wireAsking } from './asking.ts';
import { sreTables } from './tables.ts';

/** What looks after time. */
export const wireTick = (): TickDeps => {
  const env = readEnv(tickEnv);
  const tables = sreTables(env);
  return {
    ...wireAsking(),
    due: tableDueList({ tables }),
    looks: queueLooks({ send: queueSender(env.LOOKS_QUEUE_URL), textOf: lookText }),
    learning: queueLearning({ send: queueSender(env.LEARN_QUEUE_URL), textOf: learnText }),
    pollList: tablePollList({ tables }),
    polls: queuePolls({ send: queueSender(env.DELIVERIES_QUEUE_URL), textOf: pollText }),
    clock: systemClock,
  };
};
