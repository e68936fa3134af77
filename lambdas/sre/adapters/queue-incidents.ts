import type { SendMessages } from '../../platform/queues.ts';
import { groupOf } from './message-group.ts';
import type { LearnRequest } from '../correlate/learn-request.ts';
import type { IncidentChanged } from '../incidents/incident.ts';
import type { LookRequest } from '../incidents/look.ts';
import type { Learning } from '../ports/causes.ts';
import type { IncidentNews, Looks } from '../ports/incidents.ts';

/** Looks as messages of a queue, which is fair between tenants. */
export const queueLooks = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (request: LookRequest) => string;
}): Looks => ({
  ask: async (requests) =>
    await send(
      requests.map((request) => ({
        body: textOf(request),
        delaySeconds: request.delaySeconds,
        group: groupOf(request.tenant),
      })),
    ),
});

/** Minutes to learn as messages of a queue of their own, which is fair between tenants. */
export const queueLearning = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (request: LearnRequest) => string;
}): Learning => ({
  ask: async (requests) =>
    await send(
      requests.map((request) => ({
        body: textOf(request),
        delaySeconds: 0,
        group: groupOf(request.tenant),
      })),
    ),
});

/** Changes of incidents as messages of a queue. */
export const queueIncidentNews = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (changed: IncidentChanged) => string;
}): IncidentNews => ({
  changed: async (changes) =>
    await send(changes.map((change) => ({ body: textOf(change), delaySeconds: 0 }))),
});
