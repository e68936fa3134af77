import { delaySecondsOf, type SendMessages } from '../../platform/queues.ts';
import type { DiagnosisTask } from '../diagnose/diagnosis.ts';
import type { DiagnosisQueue } from '../ports/diagnoses.ts';
import { groupOf } from './message-group.ts';

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
        delaySeconds: delaySecondsOf(afterMs),
        group: groupOf(task.tenant),
      })),
    ),
});
