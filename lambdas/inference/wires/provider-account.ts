import * as z from 'zod';
import { utf8Text } from '../../shared/utf8.ts';
import { parsedJson } from './provider-message.ts';

/** Its key, its balance: whatever the words say. */
const ACCOUNT_STATUSES: readonly number[] = [401, 402];
const FORBIDDEN = 403;

/**
 * What vendors call it when it is not the call that they refuse.
 * https://platform.openai.com/docs/guides/error-codes, https://platform.claude.com/docs/en/api/errors
 */
const ACCOUNT_KINDS: ReadonlySet<string> = new Set([
  'access_terminated',
  'account_deactivated',
  'authentication_error',
  'billing_error',
  'billing_hard_limit_reached',
  'billing_not_active',
  'insufficient_quota',
  'invalid_api_key',
  'permission_error',
  // https://elevenlabs.io/docs/developers/resources/error-messages
  'detected_unusual_activity',
  'free_users_not_allowed',
  'missing_permissions',
  'quota_exceeded',
  'subscription_required',
]);
/** Anthropic reports an empty account by words alone, under 400 `invalid_request_error`. */
const ACCOUNT_WORDS =
  /\b(your|this) (account|api key|credential|credit balance|organi[sz]ation|plan|project)\b|\bspecified api usage limits\b|\bcurrent quota\b|\bapi key (?:not valid|not found|expired)\b|\binsufficient (balance|credits|funds|quota)\b|\bproject `?proj_|\buser location is not supported\b/i;
/** A router that has the words of a caller examined forbids them under the same status. */
const MODERATION_WORDS = /\b(flagged|moderation)\b/i;

const kinds = z.looseObject({
  type: z.unknown().optional(),
  code: z.unknown().optional(),
  status: z.unknown().optional(),
  message: z.string().optional(),
});
/** Most vendors nest it under `error`, ElevenLabs under `detail`. */
const nested = z.union([
  z.looseObject({ error: kinds }).transform(({ error }) => error),
  z.looseObject({ detail: kinds }).transform(({ detail }) => detail),
  kinds,
]);

/**
 * Does a provider's refusal concern this gateway's own account and not the call? That is its operator's to act on, and none of
 * a caller's business.
 */
export const isAboutAccount = (status: number, bodyText: string): boolean => {
  if (ACCOUNT_STATUSES.includes(status)) return true;
  const value = parsedJson(bodyText);
  const error = nested.safeParse(value).data;
  const words = error?.message ?? '';
  if (status === FORBIDDEN) return !MODERATION_WORDS.test(words);
  if (error === undefined || status >= 500) return false;
  const isOfAccount = [error.type, error.code, error.status].some((kind) =>
    ACCOUNT_KINDS.has(String(kind)),
  );
  return isOfAccount || (status !== LIMITED && ACCOUNT_WORDS.test(words));
};

/** A limit is reported as one of an organisation, which passes when it has waited. */
const LIMITED = 429;

/** What stands between a label and its value, also where a body has its quotes escaped. */
const THEN = String.raw`["'\`\\]{0,2}\s{0,2}[:=#\s]\s{0,2}["'\`\\(]{0,2}`;

/**
 * Names of an account as vendors write them. Google names a project by its number (`consumer 'project_number:1'`,
 * `projects/1`), AWS the caller by his ARN: https://cloud.google.com/apis/design/errors,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html. An ARN without an account is a vendor's own.
 */
const ACCOUNT_IDS: readonly RegExp[] = [
  /\bsk-[^\s"'`\\]+|\b(?:csk|fw|gsk|hf|nvapi|pplx|r8|sk|xai)[-_][\w*-]{16,}/g,
  /\bAIza[\w*-]{6,}|\bAQ\.[\w*-]{16,}|\bya29\.[\w.*-]+|\b(?:AKIA|ASIA)[A-Z\d*]{12,}/g,
  /\b(?:org|proj|key|acct|user|wrkspc)[-_][\w*-]{6,}/g,
  /\barn:aws[\w-]*:[\w-]*:[\w-]*:[\d*]{12}:[^\s"'`\\,;)]*/g,
  /(?<=\bassumed-role\\?\/)[^\s"'`\\,;)]+/g,
  /(?<=\b(?:projects|organizations|folders|subscriptions|resourceGroups)\\?\/)[\w:-](?:[\w.:-]*[\w:-])?/g,
  new RegExp(
    `(?<=\\b(?:account|consumer|customer|project|tenant)(?:[ _-]?(?:id|number))?${THEN})\\d[\\d-]{5,}`,
    'gi',
  ),
  /(?<=\bproject[ _-]?id["'`\\]{0,2}\s{0,2}[:=]\s{0,2}["'`\\]{0,2})[\w-]{4,}/gi,
  new RegExp(`(?<=\\b(?:organi[sz]ation|workspace)(?:[ _-]?id)?${THEN})[\\da-f-]{36}`, 'gi'),
  /\b[\w.+-]{1,64}(?=@[\w.-]{1,128}\.gserviceaccount\.com)/g,
  /(?<=\.|@)[\w-]{1,64}(?=\.iam\.gserviceaccount\.com)/g,
  /\b[\w-]{1,64}(?=\.(?:openai|cognitiveservices|services\.ai)\.azure\.com)/g,
];

/** The same words without the names of the account: of its organisation, its project, its role, its key. */
export const withoutAccount = (text: string): string =>
  ACCOUNT_IDS.reduce((shown, ids) => shown.replace(ids, '...'), text);

/** The same of bytes that are passed on; null: there is nothing to leave out. */
export const bytesWithoutAccount = (bytes: Uint8Array): Uint8Array | null => {
  const text = utf8Text(bytes);
  const shown = withoutAccount(text);
  return shown === text ? null : Buffer.from(shown);
};
