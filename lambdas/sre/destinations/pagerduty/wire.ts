import * as z from 'zod';
import type { WireParts } from '../../ports/destinations.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import type { Attempt, TicketWire } from '../../tickets/ticket-wire.ts';
import { incidentKey } from '../shared/incident-key.ts';
import { readAnswer, type Reader } from '../shared/read-answer.ts';
import { raisedKey, triggerEvent, type PagerdutyEvent } from './event.ts';
import { pagerdutySecrets, pagerdutySettings } from './settings.ts';

/** https://developer.pagerduty.com/docs/events-api-v2-overview: 202 and the key. */
const accepted = z.looseObject({ status: z.literal('success'), dedup_key: z.string() });

/** What was sent to PagerDuty of a generation: only one that was not critical can be raised. */
const MARKS = { plain: '', critical: ' critical', raised: ' raised' } as const;

/**
 * PagerDuty, Events API v2. The external id is the key and what was said under it. Events have no answer but that they
 * came, and their key makes a repetition the same alert.
 */
export const pagerdutyWire = (parts: WireParts): TicketWire => {
  const settings = pagerdutySettings.parse(parts.destination.settings);
  const { routing_key: routingKey } = pagerdutySecrets.parse(parts.secrets);
  const reader: Reader = {
    nowMs: parts.nowMs,
    secrets: [routingKey],
    refusal: (status, words) =>
      status === 400 && /routing.?key/i.test(words)
        ? { kind: 'refused', reason: `it answered 400: ${words}`, fault: 'credentials' }
        : null,
  };

  const send = async (event: PagerdutyEvent, externalId: string): Promise<Attempt> => {
    const answer = await parts.send({
      url: `${settings.url}/v2/enqueue`,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(event),
    });
    const read = readAnswer(reader, 'create', answer, accepted);
    return read.kind === 'not' ? read.attempt : { kind: 'done', externalId, url: null };
  };
  const trigger = async (key: string, ticket: Ticket, externalId: string): Promise<Attempt> =>
    await send(triggerEvent(routingKey, key, ticket), externalId);
  const end = async (
    action: 'acknowledge' | 'resolve',
    keys: readonly string[],
    externalId: string,
  ): Promise<Attempt> => {
    let last: Attempt = { kind: 'done', externalId, url: null };
    for (const key of keys) {
      last = await send(
        { routing_key: routingKey, event_action: action, dedup_key: key },
        externalId,
      );
      if (last.kind !== 'done') return last;
    }
    return last;
  };

  return {
    afterUnknown: 'repeat',
    findLagMs: 0,
    open: async (ticket) => await trigger(incidentKey(ticket), ticket, firstId(ticket)),
    update: async (externalId, ticket) => {
      const key = incidentKey(ticket);
      if (externalId.split(' ')[0] !== key) {
        // Another generation: its alert ends, and this one pages again.
        const ended = await end('resolve', keysOf(externalId), externalId);
        if (ended.kind !== 'done') return ended;
        if (ticket.state === 'resolved') return ended;
        return await trigger(key, ticket, firstId(ticket));
      }
      if (ticket.state === 'resolved') return await end('resolve', keysOf(externalId), externalId);
      if (ticket.band === 'critical' && externalId === key)
        return await trigger(raisedKey(key), ticket, `${key}${MARKS.raised}`);
      // Somebody has it: said again, a trigger would page for what was resolved over there.
      if (ticket.state !== 'identified') return await end('acknowledge', [key], externalId);
      return await trigger(
        externalId.endsWith(MARKS.raised) ? raisedKey(key) : key,
        ticket,
        externalId,
      );
    },
    find: async () => await Promise.resolve({ kind: 'none' }),
    closeExtra: async (externalId) => await end('resolve', keysOf(externalId), externalId),
    // Dropped over there, because nothing has this key; a wrong routing key is refused all the same.
    test: async () => await end('resolve', ['sluice-test'], 'sluice-test'),
  };
};

const firstId = (ticket: Ticket): string =>
  `${incidentKey(ticket)}${ticket.band === 'critical' ? MARKS.critical : MARKS.plain}`;

const keysOf = (externalId: string): readonly string[] => {
  const [key = externalId, mark] = externalId.split(' ');
  return mark === 'raised' ? [key, raisedKey(key)] : [key];
};
