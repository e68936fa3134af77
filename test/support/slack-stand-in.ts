import { blocksProblem, textsOf } from './slack-blocks.ts';
import {
  isObject,
  objectOf,
  startStandIn,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

export const BOT_TOKEN = 'xoxb-0123456789-abcdefghij';
export const CHANNEL = 'C0123456789';
/** A channel that the bot is not in. */
export const OTHER_CHANNEL = 'C0000000009';

export interface SlackMessage {
  readonly ts: string;
  readonly thread_ts?: string;
  text: string;
  blocks: readonly unknown[];
  metadata: Record<string, unknown> | null;
}

export interface SlackStandIn extends StandIn {
  readonly messages: SlackMessage[];
  /** Granted to the token. */
  scopes: string[];
}

interface World {
  readonly messages: SlackMessage[];
  readonly scopes: () => readonly string[];
}

/** Slack's Web API, as far as a bot that writes tickets uses it. */
export const startSlackStandIn = async (): Promise<SlackStandIn> => {
  const messages: SlackMessage[] = [];
  const scopes = { all: ['chat:write', 'channels:history'] };
  const world: World = { messages, scopes: () => scopes.all };
  const standIn = await startStandIn((request) => answerOf(request, world));
  return {
    ...standIn,
    messages,
    get scopes() {
      return scopes.all;
    },
    set scopes(all) {
      scopes.all = all;
    },
  };
};

type Arguments = Readonly<Record<string, unknown>>;
type Method = (given: Arguments, world: World) => object;

const METHODS: Readonly<Record<string, { readonly scope: string | null; readonly run: Method }>> = {
  'auth.test': { scope: null, run: () => ({ team_id: 'T01', user_id: 'U01', bot_id: 'B01' }) },
  'chat.postMessage': { scope: 'chat:write', run: (given, world) => post(given, world) },
  'chat.update': { scope: 'chat:write', run: (given, world) => change(given, world) },
  'conversations.history': {
    scope: 'channels:history',
    run: (given, world) => historyOf(given, world),
  },
  'conversations.replies': {
    scope: 'channels:history',
    run: (given, world) => repliesOf(given, world),
  },
  'chat.getPermalink': {
    scope: null,
    run: ({ channel, message_ts: ts }, world) => {
      find(world, String(ts));
      return {
        channel,
        permalink: `https://shop.slack.com/archives/${String(channel)}/p${String(ts).replace('.', '')}`,
      };
    },
  },
};

class SlackError extends Error {
  readonly more: object;
  constructor(error: string, more: object = {}) {
    super(error);
    this.more = more;
  }
}

const answerOf = (request: StandInRequest, world: World): StandInAnswer => {
  const method = METHODS[request.path.replace(/^\/(api\/)?/, '')];
  const headers = { 'x-oauth-scopes': world.scopes().join(',') };
  try {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    if (method === undefined) throw new SlackError('unknown_method');
    if (token === '') throw new SlackError('not_authed');
    if (token !== BOT_TOKEN) throw new SlackError('invalid_auth');
    if (method.scope !== null && !world.scopes().includes(method.scope))
      throw new SlackError('missing_scope', {
        needed: method.scope,
        provided: world.scopes().join(','),
      });
    return { status: 200, headers, body: { ok: true, ...method.run(argumentsOf(request), world) } };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { status: 200, headers, body: { ok: false, error: error.message, ...error.more } };
  }
};

/** JSON of a POST, a form, or the query: https://docs.slack.dev/apis/web-api/#methods_supporting_json */
const argumentsOf = ({ headers, body, query }: StandInRequest): Arguments => {
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('application/json'))
    return { ...Object.fromEntries(query), ...Object.fromEntries(new URLSearchParams(body)) };
  const value = body === '' ? {} : objectOf(body);
  if (value === null) throw new SlackError('invalid_json');
  return value;
};

const MESSAGE_FIELDS =
  'channel text blocks attachments metadata parse link_names unfurl_links unfurl_media thread_ts reply_broadcast mrkdwn ts as_user username icon_emoji icon_url';

const checked = (given: Arguments): { blocks: readonly unknown[]; text: string } => {
  const more = Object.keys(given).find((name) => !MESSAGE_FIELDS.split(' ').includes(name));
  if (more !== undefined)
    throw new SlackError('invalid_arguments', said(`additional property: ${more}`));
  if (given['channel'] !== CHANNEL)
    throw new SlackError(
      given['channel'] === OTHER_CHANNEL ? 'not_in_channel' : 'channel_not_found',
    );
  const { blocks = [], text = '' } = given;
  if (typeof text !== 'string') throw new SlackError('invalid_arguments');
  if (text === '' && (!Array.isArray(blocks) || blocks.length === 0))
    throw new SlackError('no_text');
  if (text.length > 40_000) throw new SlackError('msg_too_long');
  const problem = blocksProblem(blocks);
  if (problem !== null) throw new SlackError('invalid_blocks', said(problem));
  // What a message may hold in all is not documented; around 13,000 characters this is what comes.
  if (textsOf(blocks).join('').length > 12_000) throw new SlackError('msg_blocks_too_long');
  return { blocks: Array.isArray(blocks) ? blocks : [], text };
};

const said = (message: string): object => ({
  response_metadata: { messages: [`[ERROR] ${message}`] },
});

/** https://docs.slack.dev/messaging/message-metadata */
const metadataOf = ({ metadata }: Arguments): Record<string, unknown> | null => {
  if (metadata === undefined) return null;
  const isRight =
    isObject(metadata) &&
    typeof metadata['event_type'] === 'string' &&
    /^[\w:-]{1,255}$/.test(metadata['event_type']) &&
    isObject(metadata['event_payload']);
  if (!isRight) throw new SlackError('invalid_metadata_format');
  if (JSON.stringify(metadata).length > 16_384) throw new SlackError('metadata_too_large');
  return metadata;
};

let clock = 1_796_033_000;

const post = (given: Arguments, { messages }: World): object => {
  const { blocks, text } = checked(given);
  const thread = given['thread_ts'];
  if (thread !== undefined && !messages.some(({ ts }) => ts === thread))
    throw new SlackError('thread_not_found');
  const message: SlackMessage = {
    ts: `${clock++}.000100`,
    ...(typeof thread === 'string' ? { thread_ts: thread } : {}),
    text,
    blocks,
    metadata: metadataOf(given),
  };
  messages.push(message);
  return { channel: CHANNEL, ts: message.ts, message };
};

const change = (given: Arguments, world: World): object => {
  const { blocks, text } = checked(given);
  const message = find(world, String(given['ts']));
  message.text = text;
  message.blocks = blocks;
  message.metadata = metadataOf(given) ?? message.metadata;
  return { channel: CHANNEL, ts: message.ts, text, message };
};

const find = ({ messages }: World, ts: string): SlackMessage => {
  const message = messages.find((one) => one.ts === ts);
  if (message === undefined) throw new SlackError('message_not_found');
  return message;
};

const historyOf = (given: Arguments, { messages }: World): object => {
  const oldest = Number(given['oldest'] ?? 0);
  const newest = messages
    .filter((message) => message.thread_ts === undefined && Number(message.ts) > oldest)
    .toReversed();
  return pageOf(given, newest);
};

const repliesOf = (given: Arguments, { messages }: World): object => {
  const ts = given['ts'];
  const thread = messages.filter((message) => message.ts === ts || message.thread_ts === ts);
  if (thread.length === 0) throw new SlackError('thread_not_found');
  return pageOf(given, thread);
};

const pageOf = (given: Arguments, all: readonly SlackMessage[]): object => {
  if (given['channel'] !== CHANNEL)
    throw new SlackError(
      given['channel'] === OTHER_CHANNEL ? 'not_in_channel' : 'channel_not_found',
    );
  const limit = Number(given['limit'] ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 999) throw new SlackError('invalid_limit');
  const start = Number(given['cursor'] ?? 0);
  const hasMore = start + limit < all.length;
  const shown = given['include_all_metadata'];
  const isShown = shown === 'true' || shown === '1' || shown === true;
  return {
    messages: all.slice(start, start + limit).map(({ metadata, ...message }) => ({
      type: 'message',
      ...message,
      ...(isShown && metadata !== null ? { metadata } : {}),
    })),
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore ? String(start + limit) : '' },
  };
};
