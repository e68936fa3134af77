import * as z from 'zod';
import type { WireParts } from '../../ports/destinations.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import type { Attempt, TicketWire } from '../../tickets/ticket-wire.ts';
import { ticketWords } from '../../tickets/words/ticket-words.ts';
import { incidentKey } from '../shared/incident-key.ts';
import { readAnswer, type Asked, type Read, type Reader } from '../shared/read-answer.ts';
import { alertOf, descriptionOf, messageOf, priorityOf, SELF } from './alert.ts';
import { opsgenieSecrets, opsgenieSettings } from './settings.ts';

/** Everything that changes something is taken with 202 and done later. */
const taken = z.looseObject({ result: z.string(), requestId: z.string() });
const listed = z.looseObject({ data: z.array(z.unknown()) });

/** By its name what comes back by a webhook is known as ours. */
const FROM = { user: SELF, source: 'sluice' };

/**
 * Opsgenie, and Jira Service Management under its own address. The external id is the alias, which makes a repetition
 * the same alert.
 */
export const opsgenieWire = (parts: WireParts): TicketWire => {
  const settings = opsgenieSettings.parse(parts.destination.settings);
  const { api_key: key } = opsgenieSecrets.parse(parts.secrets);
  const reader: Reader = {
    nowMs: parts.nowMs,
    secrets: [key],
    // A key of another integration, or of another region: https://docs.opsgenie.com/docs/response
    refusal: (status, words) =>
      status === 422 && /api key|could not authenticate/i.test(words)
        ? { kind: 'refused', reason: `it answered 422: ${words}`, fault: 'credentials' }
        : null,
  };
  const ask = async <T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    asked: Asked,
    body: object | null,
    schema: z.ZodType<T>,
  ): Promise<Read<T>> =>
    readAnswer(
      reader,
      asked,
      await parts.send({
        url: `${settings.url}/v2/alerts${path}`,
        method,
        headers: {
          authorization: `GenieKey ${key}`,
          accept: 'application/json',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
        },
        body: body === null ? null : JSON.stringify(body),
      }),
      schema,
    );
  const change = async (
    alias: string,
    steps: readonly (readonly ['POST' | 'PUT', string, object])[],
  ): Promise<Attempt> => {
    for (const [method, action, body] of steps) {
      const path = `/${encodeURIComponent(alias)}/${action}?identifierType=alias`;
      const read = await ask(method, path, 'change', body, taken);
      if (read.kind === 'not') return read.attempt;
    }
    return { kind: 'done', externalId: alias, url: null };
  };
  const create = async (ticket: Ticket): Promise<Attempt> => {
    const read = await ask('POST', '', 'create', alertOf(ticket, settings.team), taken);
    return read.kind === 'not'
      ? read.attempt
      : { kind: 'done', externalId: incidentKey(ticket), url: null };
  };

  return {
    afterUnknown: 'repeat',
    findLagMs: 0,
    open: create,
    update: async (externalId, ticket) => {
      const alias = incidentKey(ticket);
      if (externalId !== alias) {
        const closed = await change(externalId, [['POST', 'close', FROM]]);
        if (closed.kind !== 'done' && closed.kind !== 'gone') return closed;
        return ticket.state === 'resolved' ? closed : await create(ticket);
      }
      if (ticket.state === 'resolved') return await change(alias, [['POST', 'close', FROM]]);
      const words = ticketWords(ticket);
      return await change(alias, [
        ['PUT', 'message', { message: messageOf(words) }],
        ['PUT', 'description', { description: descriptionOf(words) }],
        ['PUT', 'priority', { priority: priorityOf(ticket) }],
        ...(ticket.state === 'identified' ? [] : ([['POST', 'acknowledge', FROM]] as const)),
      ]);
    },
    find: async () => await Promise.resolve({ kind: 'none' }),
    closeExtra: async (externalId) => await change(externalId, [['POST', 'close', FROM]]),
    test: async () => {
      const read = await ask('GET', '?limit=1', 'read', null, listed);
      if (read.kind === 'not') return read.attempt;
      return { kind: 'done', externalId: '', url: null };
    },
  };
};
