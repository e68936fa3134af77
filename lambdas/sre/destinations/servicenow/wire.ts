import * as z from 'zod';
import type { WireParts } from '../../ports/destinations.ts';
import type { InboundEvent } from '../../tickets/inbound-wire.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import type { Attempt, Found, Polled, TicketWire } from '../../tickets/ticket-wire.ts';
import { cleanLine } from '../../../shared/clean-text.ts';
import { notFound, readAnswer, type Asked, type Read, type Reader } from '../shared/read-answer.ts';
import { correlationOf, isOver, STATES, stateFields, textFields } from './record.ts';
import { serviceNowSecrets, serviceNowSettings } from './settings.ts';

/** All values are texts. https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html */
const row = z.looseObject({
  sys_id: z.string().min(1),
  number: z.string().nullish(),
  state: z.string().nullish(),
  correlation_id: z.string().nullish(),
  /** UTC, as `2026-11-30 10:00:00`. */
  sys_updated_on: z.string().nullish(),
  sys_updated_by: z.string().nullish(),
  sys_mod_count: z.string().nullish(),
});
type Row = z.infer<typeof row>;
const one = z.looseObject({ result: row });
const many = z.looseObject({ result: z.array(row) });
const refusal = z.looseObject({
  error: z.looseObject({ message: z.string().nullish(), detail: z.string().nullish() }),
});

const FIELDS = 'sys_id,number,state,correlation_id,sys_updated_on,sys_updated_by,sys_mod_count';
const ROWS_MAX = 50;
const POLLED_MAX = 100;

interface Api {
  readonly url: string;
  readonly closeCode: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly username: string;
  ask<T>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    asked: Asked,
    body: object | null,
    schema: z.ZodType<T>,
  ): Promise<Read<T>>;
}

/** ServiceNow by its Table API. The external id is the sys_id; the correlation id finds a record whose answer was lost. */
export const serviceNowWire = (parts: WireParts): TicketWire => {
  const api = apiOf(parts);
  return {
    afterUnknown: 'find',
    findLagMs: 0,
    open: async (ticket) => {
      const body = {
        ...textFields(ticket),
        ...api.fields,
        correlation_id: correlationOf(ticket.incidentId),
        correlation_display: 'Sluice',
      };
      return await doneBy(api, await api.ask('POST', '', 'create', body, one));
    },
    update: async (externalId, ticket) => await update(api, externalId, ticket),
    find: async (ticket) => await find(api, ticket),
    closeExtra: async (externalId, keptId) => {
      const body = {
        state: STATES.resolved,
        close_code: api.closeCode,
        close_notes: `A duplicate of ${keptId}.`,
        // It is not found again.
        correlation_id: '',
      };
      return await doneBy(api, await api.ask('PATCH', pathOf(externalId), 'change', body, one));
    },
    poll: async (externalIds) => await poll(api, externalIds),
    pollMax: POLLED_MAX,
    test: async () => {
      const read = await api.ask('GET', '?sysparm_limit=1', 'read', null, many);
      return read.kind === 'not' ? read.attempt : { kind: 'done', externalId: '', url: api.url };
    },
  };
};

const apiOf = (parts: WireParts): Api => {
  const settings = serviceNowSettings.parse(parts.destination.settings);
  const { username, password } = serviceNowSecrets.parse(parts.secrets);
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const reader: Reader = {
    nowMs: parts.nowMs,
    secrets: [password, basic, username],
    words: (body) => {
      const { data } = refusal.safeParse(body);
      return data === undefined
        ? null
        : [data.error.message, data.error.detail].filter(Boolean).join('; ');
    },
    // A field that the instance wants is said with the status of a missing right.
    refusal: (status, words) =>
      status === 403 && /data policy|mandatory/i.test(words)
        ? { kind: 'refused', reason: `it answered 403: ${words}`, fault: 'request' }
        : null,
  };
  return {
    ...settings,
    username,
    ask: async (method, path, asked, body, schema) => {
      const fields = `${path.includes('?') ? '&' : '?'}sysparm_fields=${FIELDS}`;
      const answer = await parts.send({
        url: `${settings.url}/api/now/v2/table/incident${path}${fields}&sysparm_exclude_reference_link=true`,
        method,
        headers: {
          authorization: `Basic ${basic}`,
          accept: 'application/json',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
        },
        body: body === null ? null : JSON.stringify(body),
      });
      return readAnswer(reader, asked, answer, schema);
    },
  };
};

const update = async (api: Api, id: string, ticket: Ticket): Promise<Attempt> => {
  const before = await api.ask('GET', pathOf(id), 'change', null, one);
  if (before.kind === 'not') return before.attempt;
  const body = {
    ...textFields(ticket),
    ...stateFields(ticket, before.value.result.state ?? STATES.new, api.closeCode),
  };
  return await doneBy(api, await api.ask('PATCH', pathOf(id), 'change', body, one));
};

/** An instance ignores what it cannot read of a query and answers with everything else: each row is looked at. */
const find = async (api: Api, { incidentId }: Ticket): Promise<Found> => {
  const correlation = correlationOf(incidentId);
  const read = await api.ask(
    'GET',
    queryOf(`correlation_id=${correlation}^ORDERBYsys_created_on`, ROWS_MAX),
    'read',
    null,
    many,
  );
  if (read.kind === 'not') return notFound(read.attempt);
  const [first, ...extras] = read.value.result.filter(
    (found) => found.correlation_id === correlation,
  );
  if (first === undefined) return { kind: 'none' };
  return {
    kind: 'found',
    externalId: first.sys_id,
    url: urlOf(api, first),
    extras: extras.map(({ sys_id: id }) => id),
  };
};

const poll = async (api: Api, ids: readonly string[]): Promise<Polled> => {
  if (ids.length === 0) return { kind: 'read', events: [] };
  const read = await api.ask(
    'GET',
    queryOf(`sys_idIN${ids.join(',')}`, POLLED_MAX),
    'read',
    null,
    many,
  );
  if (read.kind === 'not') return { kind: 'failed', attempt: read.attempt };
  return {
    kind: 'read',
    events: read.value.result
      .filter(({ sys_id: id, sys_updated_by: by }) => ids.includes(id) && by !== api.username)
      .flatMap(eventOf),
  };
};

const eventOf = (found: Row): InboundEvent[] => {
  const state = found.state ?? '';
  if (!isOver(state) && state !== STATES.inProgress && state !== STATES.onHold) return [];
  return [
    {
      id: `${found.sys_id} ${state} ${found.sys_mod_count ?? ''}`,
      incidentId: null,
      externalId: found.sys_id,
      generation: null,
      atMs: timeOf(found.sys_updated_on ?? ''),
      isOwnAccount: false,
      by: cleanLine(found.sys_updated_by ?? '', 100),
      action: { kind: isOver(state) ? 'resolve' : 'acknowledge' },
    },
  ];
};

const timeOf = (text: string): number | null => {
  const atMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(atMs) ? null : atMs;
};

const queryOf = (query: string, limit: number): string =>
  `?sysparm_query=${encodeURIComponent(query)}&sysparm_limit=${limit}`;

const pathOf = (id: string): string => `/${encodeURIComponent(id)}`;

const doneBy = async (api: Api, read: Read<{ readonly result: Row }>): Promise<Attempt> =>
  await Promise.resolve(
    read.kind === 'not'
      ? read.attempt
      : {
          kind: 'done',
          externalId: read.value.result.sys_id,
          url: urlOf(api, read.value.result),
        },
  );

const urlOf = (api: Api, { sys_id: id }: Row): string => `${api.url}/incident.do?sys_id=${id}`;
