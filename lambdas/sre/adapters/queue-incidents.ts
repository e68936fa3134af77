import type { SendMessages } from '../../platform/queues.ts';
import type { IncidentChanged } from '../incidents/incident.ts';
import type { LookRequest } from '../incidents/look.ts';
import type { IncidentNews, Looks } from '../ports/incidents.ts';

/** Looks as messages of a queue. */
export const queueLooks = ({
  send,
  textOf,
}: {
  readonly send: SendMessages;
  readonly textOf: (request: LookRequest) => string;
}): Looks => ({
  ask: async (requests) =>
    await send(
      requests.map((request) => ({ body: textOf(request), delaySeconds: request.delaySeconds })),
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
