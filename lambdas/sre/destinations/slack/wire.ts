import type { WireParts } from '../../ports/destinations.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import type { Attempt, Found, TicketWire } from '../../tickets/ticket-wire.ts';
import { timeText } from '../../tickets/words/ticket-words.ts';
import { notFound, type Read } from '../shared/read-answer.ts';
import {
  changed,
  history,
  permalink,
  posted,
  slackApi,
  type FoundMessage,
  type SlackApi,
} from './api.ts';
import {
  EXTRA_EVENT,
  INCIDENT_EVENT,
  newsOf,
  REPLY_EVENT,
  replyMessage,
  ticketMessage,
} from './message.ts';

const PAGE_MESSAGES = 200;
const PAGES_MAX = 10;
/** The clock that sees an incident first need not be Slack's. */
const SKEW_MS = 600_000;
/** One line for each: neither previews what a link leads to. */
const STILL = { unfurl_links: false, unfurl_media: false };

/**
 * Slack by a bot: one message for each incident, its news in its thread. The external id is `channel/ts`. Messages carry
 * the incident in their metadata, by which one whose answer was lost is found again.
 */
export const slackWire = (parts: WireParts): TicketWire => {
  const api = slackApi(parts);
  return {
    afterUnknown: 'find',
    findLagMs: 0,
    open: async (ticket) => await open(api, ticket),
    update: async (externalId, ticket) => await update(api, placeOf(externalId), ticket),
    find: async (ticket) => await find(api, ticket),
    remind: async (externalId, ticket) => {
      const { channel, ts } = placeOf(externalId);
      const text = `Nobody has acknowledged this since ${timeText(ticket.firstSeenMs)}.`;
      const body = {
        ...replyMessage(channel, text, {}),
        thread_ts: ts,
        reply_broadcast: true,
        ...STILL,
      };
      return await doneAs(externalId, await api.post('chat.postMessage', 'create', body, posted));
    },
    closeExtra: async (externalId) => {
      const { channel, ts } = placeOf(externalId);
      const body = {
        ...replyMessage(channel, 'This incident is followed in another message.', {}),
        metadata: { event_type: EXTRA_EVENT, event_payload: {} },
        blocks: [],
        ts,
      };
      return await doneAs(externalId, await api.post('chat.update', 'change', body, changed));
    },
    test: async () => await test(api),
  };
};

const open = async (api: SlackApi, ticket: Ticket): Promise<Attempt> => {
  const said = marksOf(ticket).join('\n');
  const body = { ...ticketMessage(api.channel, ticket, api, said), ...STILL };
  const read = await api.post('chat.postMessage', 'create', body, posted);
  if (read.kind === 'not') return read.attempt;
  const { channel, ts } = read.value;
  return { kind: 'done', externalId: `${channel}/${ts}`, url: await linkOf(api, channel, ts) };
};

/** The message first, then what its thread has not said yet: what is repeated after a lost answer is said once. */
const update = async (api: SlackApi, place: Place, ticket: Ticket): Promise<Attempt> => {
  const { channel, ts } = place;
  const thread = await pages(api, 'conversations.replies', { channel, ts });
  if (thread.kind === 'not') return thread.attempt;
  const parent = thread.value.find((message) => message.ts === ts);
  if (parent === undefined) return { kind: 'gone', reason: 'the message is not there any more' };
  const said = payloadText(parent, 'said');
  const body = { ...ticketMessage(channel, ticket, api, said), ts };
  const updated = await api.post('chat.update', 'change', body, changed);
  const done = await doneAs(`${channel}/${ts}`, updated);
  if (done.kind !== 'done') return done;
  const known = new Set(
    [
      said,
      ...thread.value.filter(isOf(REPLY_EVENT)).map((reply) => payloadText(reply, 'said')),
    ].flatMap((marks) => marks.split('\n')),
  );
  const news = newsOf(ticket).filter(({ mark }) => !known.has(mark));
  const url = await linkOf(api, channel, ts);
  if (news.length === 0) return { ...done, url };
  const text = news.map((one) => one.text).join(' ');
  const reply = replyMessage(channel, text, { said: news.map(({ mark }) => mark).join('\n') });
  const replied = await api.post(
    'chat.postMessage',
    'create',
    { ...reply, thread_ts: ts, ...STILL },
    posted,
  );
  return replied.kind === 'not' ? replied.attempt : { ...done, url };
};

const find = async (api: SlackApi, ticket: Ticket): Promise<Found> => {
  const oldest = String(Math.floor((ticket.firstSeenMs - SKEW_MS) / 1_000));
  const all = await pages(api, 'conversations.history', { channel: api.channel, oldest });
  if (all.kind === 'not') return notFound(all.attempt);
  const [first, ...extras] = all.value
    .filter(isOf(INCIDENT_EVENT))
    .filter((message) => payloadText(message, 'incident_id') === ticket.incidentId)
    .map(({ ts }) => ts)
    .toSorted((one, other) => Number(one) - Number(other));
  if (first === undefined) return { kind: 'none' };
  return {
    kind: 'found',
    externalId: `${api.channel}/${first}`,
    url: await linkOf(api, api.channel, first),
    extras: extras.map((ts) => `${api.channel}/${ts}`),
  };
};

const test = async (api: SlackApi): Promise<Attempt> => {
  const scopes = await api.scopes();
  if (scopes.kind === 'not') return scopes.attempt;
  if (!scopes.value.includes('chat:write'))
    return { kind: 'refused', reason: 'the bot needs the scope chat:write', fault: 'credentials' };
  // What finds a message again: it needs the scope of history, and the bot in the channel.
  const read = await api.get(
    'conversations.history',
    { channel: api.channel, limit: '1' },
    history,
  );
  return await doneAs(api.channel, read);
};

const pages = async (
  api: SlackApi,
  method: 'conversations.history' | 'conversations.replies',
  query: Readonly<Record<string, string>>,
): Promise<Read<readonly FoundMessage[]>> => {
  const messages: FoundMessage[] = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const read = await api.get(
      method,
      {
        ...query,
        include_all_metadata: 'true',
        limit: String(PAGE_MESSAGES),
        ...(cursor === '' ? {} : { cursor }),
      },
      history,
    );
    if (read.kind === 'not') return read;
    messages.push(...read.value.messages);
    cursor = read.value.response_metadata?.next_cursor ?? '';
    if (cursor === '') break;
  }
  return { kind: 'read', value: messages };
};

/** For people: nothing hangs on it. */
const linkOf = async (api: SlackApi, channel: string, ts: string): Promise<string | null> => {
  const read = await api.get('chat.getPermalink', { channel, message_ts: ts }, permalink);
  return read.kind === 'read' ? read.value.permalink : null;
};

const doneAs = async (externalId: string, read: Read<unknown>): Promise<Attempt> =>
  await Promise.resolve(
    read.kind === 'not' ? read.attempt : { kind: 'done', externalId, url: null },
  );

interface Place {
  readonly channel: string;
  readonly ts: string;
}

const placeOf = (externalId: string): Place => {
  const [channel = '', ts = ''] = externalId.split('/');
  return { channel, ts };
};

const marksOf = (ticket: Ticket): readonly string[] => newsOf(ticket).map(({ mark }) => mark);

const isOf =
  (eventType: string) =>
  ({ metadata }: FoundMessage): boolean =>
    metadata?.event_type === eventType;

const payloadText = ({ metadata }: FoundMessage, name: string): string => {
  const value = metadata?.event_payload?.[name];
  return typeof value === 'string' ? value : '';
};
