import { systemClock } from '../../platform/clock.ts';
import { readEnv } from '../../platform/env.ts';
import { queueSender } from '../../platform/queues.ts';
import { queueLooks } from '../adapters/queue-incidents.ts';
import { tableDueList } from '../adapters/table-due-list.ts';
import { tickEnv } from '../env.ts';
import { learnText } from '../formats/learn-message.ts';
import { lookText } from '../formats/look-message.ts';
import type { TickDeps } from '../usecases/tick.ts';
import { wireAsking } from './asking.ts';
import { sreTables } from './tables.ts';

/** What looks after time. */
export const wireTick = (): TickDeps => {
  const env = readEnv(tickEnv);
  const send = queueSender(env.LOOKS_QUEUE_URL);
  return {
    ...wireAsking(),
    due: tableDueList({ tables: sreTables(env) }),
    looks: queueLooks({ send, textOf: lookText }),
    learning: {
      ask: async (requests) =>
        await send(requests.map((request) => ({ body: learnText(request), delaySeconds: 0 }))),
    },
    clock: systemClock,
  };
};
