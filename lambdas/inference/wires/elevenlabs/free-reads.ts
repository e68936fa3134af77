import * as z from 'zod';
import { utf8Text } from '../../../shared/utf8.ts';
import { parsedJson } from '../provider-message.ts';

/** Of the account's voices what a speaker chooses by; not whose they are, what they were made of, how they are shared. */
const VOICE: ReadonlySet<string> = new Set([
  'category',
  'created_at_unix',
  'description',
  'high_quality_base_model_ids',
  'is_legacy',
  'is_mixed',
  'labels',
  'name',
  'preview_url',
  'settings',
  'verified_languages',
  'voice_id',
]);
/** Of the public library all but what the account did with a voice (`is_added_by_user`, `is_bookmarked`). */
const LIBRARY_VOICE: ReadonlySet<string> = new Set([
  'accent',
  'age',
  'category',
  'cloned_by_count',
  'date_unix',
  'description',
  'descriptive',
  'featured',
  'fiat_rate',
  'free_users_allowed',
  'gender',
  'image_url',
  'instagram_username',
  'language',
  'live_moderation_enabled',
  'locale',
  'name',
  'notice_period',
  'play_api_usage_character_count_1y',
  'preview_url',
  'public_owner_id',
  'rate',
  'tiktok_username',
  'twitter_username',
  'usage_character_count_1y',
  'usage_character_count_7d',
  'use_case',
  'verified_languages',
  'voice_id',
  'youtube_username',
]);
const PAGE: ReadonlySet<string> = new Set([
  'has_more',
  'last_sort_id',
  'next_page_token',
  'total_count',
  'voices',
]);

type Body = Readonly<Record<string, unknown>>;
const body = z.record(z.string(), z.unknown());
const page = z.looseObject({ voices: z.array(body) });

/** Where a voice was cloned in the account, the address of its sound names who did. */
const OWNED = /\/(?:user|workspace)s?\//;

const fieldsIn = (known: ReadonlySet<string>, all: Body): Body =>
  Object.fromEntries(Object.entries(all).filter(([name]) => known.has(name)));

const ownVoice = (voice: Body): Body => {
  const { preview_url: preview, ...shown } = fieldsIn(VOICE, voice);
  return typeof preview === 'string' && !OWNED.test(preview)
    ? { ...shown, preview_url: preview }
    : shown;
};

const pageOf =
  (shown: (voice: Body) => Body) =>
  (value: unknown): Body | null => {
    const { data } = page.safeParse(value);
    if (data === undefined) return null;
    return { ...fieldsIn(PAGE, data), voices: data.voices.map(shown) };
  };

const oneVoice = (value: unknown): Body | null => {
  const { data } = body.safeParse(value);
  return data === undefined ? null : ownVoice(data);
};

/**
 * What may be asked of the vendor and costs nothing, the one list: what there is to choose from. null: it has nothing of the
 * account. https://elevenlabs.io/docs/api-reference/voices/search,
 * https://elevenlabs.io/docs/api-reference/voices/voice-library/get-shared
 */
const READS: readonly (readonly [RegExp, ((value: unknown) => Body | null) | null])[] = [
  [/^\/v1\/models$/, null],
  [/^\/v1\/voices\/settings\/default$/, null],
  [/^\/v1\/voices\/[\w-]+\/settings$/, null],
  [/^\/v[12]\/voices$/, pageOf(ownVoice)],
  [/^\/v1\/shared-voices$/, pageOf((voice) => fieldsIn(LIBRARY_VOICE, voice))],
  [/^\/v1\/voices\/[\w-]+$/, oneVoice],
];

export const isFreeRead = (path: string): boolean => READS.some(([pattern]) => pattern.test(path));

/** The answer to such a read without what it says of the account; null: it is none. */
export const shownRead = (path: string, bytes: Uint8Array): Uint8Array | null => {
  const [, shown] = READS.find(([pattern]) => pattern.test(path)) ?? [];
  if (shown === null) return bytes;
  const left = shown?.(parsedJson(utf8Text(bytes))) ?? null;
  return left === null ? null : Buffer.from(JSON.stringify(left));
};

/** `v1/user` shows the key that asks, which is the operator's: https://elevenlabs.io/docs/api-reference/user/get */
export const withoutKey = (bytes: Uint8Array): Uint8Array => {
  const text = utf8Text(bytes);
  const shown = text.replace(/("xi_api_key"\s*:\s*)"[^"]*"/g, '$1"..."');
  return shown === text ? bytes : Buffer.from(shown);
};
