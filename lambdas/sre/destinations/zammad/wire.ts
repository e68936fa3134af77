import * as z from 'zod';
import type { WireParts } from '../../ports/destinations.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import type { InboundEvent } from '../../tickets/inbound-wire.ts';
import type { Attempt, Found, Polled, TicketWire } from '../../tickets/ticket-wire.ts';
import { cleanLine } from '../../../shared/clean-text.ts';
import { ticketTitle } from '../../tickets/words/ticket-words.ts';
import {
  notFound,
  readAnswer,
  type Asked,
  type NotDone,
  type Read,
  type Reader,
} from '../shared/read-answer.ts';
import { articleOf } from './article.ts';
import { zammadSecrets, zammadSettings } from './settings.ts';

/** https://docs.zammad.org/en/latest/api/ticket/index.html */
const found = z.looseObject({ id: z.number(), state: z.string().nullish() });
const polled = found.extend({
  updated_at: z.string(),
  updated_by: z.string().nullish(),
  updated_by_id: z.number().nullish(),
});
const listed = z.array(found);
const articles = z.array(z.looseObject({ subject: z.string().nullish() }));
const tags = z.looseObject({ tags: z.array(z.string()) });
const user = z.looseObject({ id: z.number() });

/** Its search is Elasticsearch, which shows what was written a little later. */
const SEARCH_LAG_MS = 30_000;
const FOUND_MAX = 10;
/** Each is a request. */
const POLLED_MAX = 20;
/** Each may take as long as a request may. */
const PROBLEMS_MAX = 3;
const PRIORITIES = {
  critical: '3 high',
  high: '3 high',
  medium: '2 normal',
  low: '1 low',
} as const;

type Ask = <T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  asked: Asked,
  body: object | null,
  schema: z.ZodType<T>,
) => Promise<Read<T>>;

interface Api {
  readonly url: string;
  readonly group: string;
  readonly customer: string;
  readonly ask: Ask;
}

/** Zammad. The external id is the ticket's; a tag finds one whose answer was lost. */
export const zammadWire = (parts: WireParts): TicketWire => {
  const api = apiOf(parts);
  return {
    afterUnknown: 'find',
    findLagMs: SEARCH_LAG_MS,
    open: async (ticket) => {
      const body = {
        title: ticketTitle(ticket),
        group: api.group,
        customer: api.customer,
        priority: PRIORITIES[ticket.band],
        tags: `sluice,${tagOf(ticket.incidentId)}`,
        article: articleOf(ticket),
      };
      return done(api, await api.ask('POST', '/tickets?expand=true', 'create', body, found));
    },
    update: async (externalId, ticket) => await update(api, externalId, ticket),
    find: async (ticket) => await find(api, ticket),
    closeExtra: async (externalId, keptId) => await closeExtra(api, externalId, keptId),
    // With a secret its webhook reports at once.
    ...(parts.secrets['webhook_secret'] === undefined
      ? { poll: async (ids: readonly string[]) => await poll(api, ids), pollMax: POLLED_MAX }
      : {}),
    test: async () => {
      const read = await api.ask('GET', '/users/me', 'read', null, user);
      return read.kind === 'not' ? read.attempt : { kind: 'done', externalId: '', url: api.url };
    },
  };
};

const apiOf = (parts: WireParts): Api => {
  const settings = zammadSettings.parse(parts.destination.settings);
  const { token } = zammadSecrets.parse(parts.secrets);
  const reader: Reader = { nowMs: parts.nowMs, secrets: [token] };
  return {
    ...settings,
    ask: async (method, path, asked, body, schema) => {
      const answer = await parts.send({
        url: `${settings.url}/api/v1${path}`,
        method,
        headers: {
          authorization: `Token token=${token}`,
          accept: 'application/json',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
        },
        body: body === null ? null : JSON.stringify(body),
      });
      return readAnswer(reader, asked, answer, schema);
    },
  };
};

/** A comma ends a tag, and a quote a part of a search. */
const tagOf = (incidentId: string): string => `sluice-${incidentId.replaceAll(/[^\w.-]/g, '_')}`;

const update = async (api: Api, id: string, ticket: Ticket): Promise<Attempt> => {
  const path = `/tickets/${encodeURIComponent(id)}?expand=true`;
  const before = await api.ask('GET', path, 'change', null, found);
  if (before.kind === 'not') return before.attempt;
  const said = await api.ask(
    'GET',
    `/ticket_articles/by_ticket/${encodeURIComponent(id)}`,
    'change',
    null,
    articles,
  );
  if (said.kind === 'not') return said.attempt;
  const article = articleOf(ticket);
  const isSaid = said.value.some(({ subject }) => subject === article.subject);
  const body = {
    title: ticketTitle(ticket),
    priority: PRIORITIES[ticket.band],
    ...stateOf(ticket, before.value.state ?? ''),
    ...(isSaid ? {} : { article }),
  };
  return done(api, await api.ask('PUT', path, 'change', body, found));
};

/** {}: it is where it should be, or somebody moved it further. */
const stateOf = ({ state }: Ticket, now: string): { state?: string } => {
  const isOver = now === 'closed' || now === 'merged';
  if (state === 'resolved') return isOver ? {} : { state: 'closed' };
  if (isOver) return { state: 'open' };
  return state !== 'identified' && now === 'new' ? { state: 'open' } : {};
};

const find = async (api: Api, { incidentId }: Ticket): Promise<Found> => {
  const tag = tagOf(incidentId);
  const query = `tags:"${tag}"`;
  const read = await api.ask(
    'GET',
    `/tickets/search?expand=true&limit=${FOUND_MAX}&query=${encodeURIComponent(query)}`,
    'read',
    null,
    listed,
  );
  if (read.kind === 'not') return notFound(read.attempt);
  const ids: number[] = [];
  // Without Elasticsearch a search reads a query as words: what it found is looked at.
  for (const { id } of read.value) {
    const own = await api.ask('GET', `/tags?object=Ticket&o_id=${id}`, 'read', null, tags);
    if (own.kind === 'not') return notFound(own.attempt);
    if (own.value.tags.includes(tag)) ids.push(id);
  }
  const [first, ...extras] = ids.toSorted((one, other) => one - other).map(String);
  if (first === undefined) return { kind: 'none' };
  return { kind: 'found', externalId: first, url: urlOf(api, first), extras };
};

/** Closed, without the tag that would find it again. */
const closeExtra = async (api: Api, id: string, keptId: string): Promise<Attempt> => {
  const own = await api.ask(
    'GET',
    `/tags?object=Ticket&o_id=${encodeURIComponent(id)}`,
    'change',
    null,
    tags,
  );
  if (own.kind === 'not') return own.attempt;
  const path = `/tickets/${encodeURIComponent(id)}?expand=true`;
  const title = `Duplicate of ticket ${keptId}`;
  const closed = await api.ask('PUT', path, 'change', { title, state: 'closed' }, found);
  if (closed.kind === 'not') return closed.attempt;
  for (const tag of own.value.tags.filter((name) => name.startsWith('sluice-'))) {
    const body = { object: 'Ticket', o_id: Number(id), item: tag };
    const removed = await api.ask('DELETE', '/tags/remove', 'change', body, z.unknown());
    if (removed.kind === 'not') return removed.attempt;
  }
  return done(api, closed);
};

/** What our own account did is no news. */
const poll = async (api: Api, ids: readonly string[]): Promise<Polled> => {
  const me = await api.ask('GET', '/users/me', 'read', null, user);
  if (me.kind === 'not') return { kind: 'failed', attempt: me.attempt };
  const events: InboundEvent[] = [];
  const problems: NotDone[] = [];
  let [looked, last] = [0, ids[0] ?? ''];
  for (const id of ids) {
    const path = `/tickets/${encodeURIComponent(id)}?expand=true`;
    const read = await api.ask('GET', path, 'change', null, polled);
    last = id;
    looked += 1;
    // Somebody removed it: whoever changes it next sees that.
    if (read.kind === 'not' && read.attempt.kind === 'gone') continue;
    if (read.kind === 'read') {
      if (read.value.updated_by_id !== me.value.id) events.push(...eventsOf(read.value));
      continue;
    }
    // One that it cannot show holds up no other one; several are a system that is not well.
    problems.push(read.attempt);
    if (read.attempt.kind === 'later' || problems.length >= PROBLEMS_MAX) break;
  }
  const [problem] = problems;
  if (problem === undefined) return { kind: 'read', events };
  return problems.length === looked
    ? { kind: 'failed', attempt: problem, last }
    : { kind: 'read', events, last, problem };
};

const eventsOf = ({
  id,
  state,
  updated_at,
  updated_by,
}: z.infer<typeof polled>): InboundEvent[] => {
  const kind = polledAct(state ?? 'new');
  return kind === null
    ? []
    : [
        {
          id: `${id} ${updated_at} ${kind}`,
          incidentId: null,
          externalId: String(id),
          generation: null,
          atMs: timeOf(updated_at),
          isOwnAccount: false,
          by: cleanLine(updated_by ?? '', 100),
          action: { kind },
        },
      ];
};

const polledAct = (state: string): 'acknowledge' | 'resolve' | null => {
  if (state === 'new') return null;
  return state === 'closed' || state === 'merged' ? 'resolve' : 'acknowledge';
};

const timeOf = (text: string): number | null => {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
};

const done = (api: Api, read: Read<{ readonly id: number }>): Attempt => {
  if (read.kind === 'not') return read.attempt;
  const id = String(read.value.id);
  return { kind: 'done', externalId: id, url: urlOf(api, id) };
};

const urlOf = (api: Api, id: string): string => `${api.url}/#ticket/zoom/${id}`;
