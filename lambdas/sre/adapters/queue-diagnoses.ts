import type { SendMessages } from '../../platform/queues.ts';
import type { DiagnosisTask } from '../diagnose/diagnosis.ts';
import type { DiagnosisQueue } from '../ports/diagnoses.ts';
import { groupOf } from './message-group.ts';

/** The longest delay of SQS. */
const DELAY_SECONDS_MAX = 900;

/**
 * Requests to diagnose as messages of a queue, grouped by tenant: SQS lets the messages of one that has many at work wait
 * behind those of the others.
 */
export const queueDiagnoses = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (task: DiagnosisTask) => string;
}): DiagnosisQueue => ({
  send: async (tasks, afterMs) =>
    await send(
      tasks.map((task) => ({
        body: textOf(task),
        delaySeconds: Math.min(DELAY_SECONDS_MAX, Math.max(0, Math.ceil(afterMs / 1_000))),
        group: groupOf(task.tenant),
      })),
    ),
});
