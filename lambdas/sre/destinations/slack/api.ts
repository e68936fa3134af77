import * as z from 'zod';
import type { WireParts } from '../../ports/destinations.ts';
import {
  jsonOf,
  readAnswer,
  type Asked,
  type NotDone,
  type Read,
  type Reader,
} from '../shared/read-answer.ts';
import { slackSecrets, slackSettings } from './settings.ts';

const failed = z.looseObject({ ok: z.literal(false), error: z.string() });

const metadata = z.looseObject({
  event_type: z.string(),
  event_payload: z.record(z.string(), z.unknown()).nullish(),
});
const message = z.looseObject({ ts: z.string(), metadata: metadata.nullish().catch(null) });
export type FoundMessage = z.infer<typeof message>;

export const posted = z.looseObject({ ok: z.literal(true), ts: z.string(), channel: z.string() });
export const changed = z.looseObject({ ok: z.literal(true) });
export const permalink = z.looseObject({ ok: z.literal(true), permalink: z.string() });
export const history = z.looseObject({
  ok: z.literal(true),
  messages: z.array(message),
  has_more: z.boolean().nullish(),
  response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
});

/** https://docs.slack.dev/reference/methods/chat.postMessage#errors, and those of chat.update and conversations.history */
const CREDENTIALS =
  /^(invalid_auth|not_authed|account_inactive|token_revoked|token_expired|no_permission|missing_scope|org_login_required|ekm_access_denied|not_allowed_token_type|access_denied|team_access_not_granted|two_factor_setup_required|enterprise_is_restricted)$/;
const GONE = /^(message_not_found|thread_not_found|cant_update_message|edit_window_closed)$/;
/** Slack: "It's possible some aspect of the operation succeeded before the error was raised." */
const UNKNOWN = /^(internal_error|fatal_error)$/;
const LATER = /^(ratelimited|rate_limited|service_unavailable|request_timeout|team_added_to_org)$/;

export interface SlackApi {
  readonly channel: string;
  readonly hasButtons: boolean;
  /** Steps of runbooks may be approved by a button. */
  readonly hasApprovals: boolean;
  get<T>(
    method: string,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<T>,
  ): Promise<Read<T>>;
  post<T>(method: string, asked: Asked, body: object, schema: z.ZodType<T>): Promise<Read<T>>;
  /** The scopes of the token, as each answer names them. */
  scopes(): Promise<Read<readonly string[]>>;
}

/** Slack's Web API as a bot. Nearly all that it refuses comes with 200 and a word. */
export const slackApi = (parts: WireParts): SlackApi => {
  const settings = slackSettings.parse(parts.destination.settings);
  const secrets = slackSecrets.parse(parts.secrets);
  const reader: Reader = {
    nowMs: parts.nowMs,
    secrets: [secrets.bot_token, secrets.signing_secret ?? ''],
  };
  const ask = async (method: string, url: string, body: object | null) =>
    await parts.send({
      url,
      method,
      headers: {
        authorization: `Bearer ${secrets.bot_token}`,
        ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      body: body === null ? null : JSON.stringify(body),
    });
  const read = <T>(
    asked: Asked,
    answer: Awaited<ReturnType<typeof ask>>,
    schema: z.ZodType<T>,
  ): Read<T> => {
    const error =
      answer.kind === 'answered' && answer.status === 200
        ? failed.safeParse(jsonOf(answer.text)).data?.error
        : undefined;
    return error === undefined
      ? readAnswer(reader, asked, answer, schema)
      : { kind: 'not', attempt: attemptOf(error.slice(0, 100), asked) };
  };
  return {
    channel: settings.channel,
    hasButtons: secrets.signing_secret !== undefined,
    hasApprovals: secrets.signing_secret !== undefined && settings.hasApprovals,
    get: async (method, query, schema) => {
      const url = `${settings.url}/${method}?${new URLSearchParams(query).toString()}`;
      return read('read', await ask('GET', url, null), schema);
    },
    post: async (method, asked, body, schema) =>
      read(asked, await ask('POST', `${settings.url}/${method}`, body), schema),
    scopes: async () => {
      const answer = await ask('POST', `${settings.url}/auth.test`, {});
      const known = read('read', answer, changed);
      if (known.kind === 'not') return known;
      const names = answer.kind === 'answered' ? (answer.headers['x-oauth-scopes'] ?? '') : '';
      return { kind: 'read', value: names.split(',').map((name) => name.trim()) };
    },
  };
};

const attemptOf = (error: string, asked: Asked): NotDone => {
  const reason = `Slack says ${error}`;
  if (GONE.test(error) && asked !== 'create') return { kind: 'gone', reason };
  if (UNKNOWN.test(error) && asked !== 'read') return { kind: 'unknown', reason };
  if (UNKNOWN.test(error) || LATER.test(error)) return { kind: 'later', reason, afterMs: null };
  return {
    kind: 'refused',
    reason: HINTS[error] === undefined ? reason : `${reason}: ${HINTS[error]}`,
    fault: CREDENTIALS.test(error) ? 'credentials' : 'request',
  };
};

const HINTS: Readonly<Record<string, string>> = {
  not_in_channel: 'invite the bot to the channel',
  channel_not_found: 'no such channel, or a private one that the bot is not in',
  is_archived: 'the channel is archived',
  missing_scope:
    'the bot needs chat:write, channels:history and, for private channels, groups:history',
};
