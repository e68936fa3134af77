import type { SendMessages } from '../../platform/queues.ts';
import type { EvaluationRequest } from '../domain/evaluation.ts';
import { groupOf } from './message-group.ts';
import type { Evaluations } from '../ports/ingest.ts';

/** Requests as messages of a queue, which is fair between tenants. */
export const queueEvaluations = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (request: EvaluationRequest) => string;
}): Evaluations => ({
  ask: async (requests) =>
    await send(
      requests.map((request) => ({
        body: textOf(request),
        delaySeconds: request.delaySeconds,
        group: groupOf(request.tenant),
      })),
    ),
});
