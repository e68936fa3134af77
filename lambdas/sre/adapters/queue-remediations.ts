import { delaySecondsOf, type SendMessages } from '../../platform/queues.ts';
import type { RemediationQueue } from '../ports/runbooks.ts';
import type { RemediationTask } from '../runbooks/remediation.ts';

/** Remediations to look after, as messages of a queue. */
export const queueRemediations = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (task: RemediationTask) => string;
}): RemediationQueue => ({
  send: async (tasks, afterMs) =>
    await send(
      tasks.map((task) => ({
        body: textOf(task),
        delaySeconds: delaySecondsOf(afterMs),
      })),
    ),
});
