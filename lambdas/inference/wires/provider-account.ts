import * as z from 'zod';
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
]);
/** Anthropic reports an empty account by words alone, under 400 `invalid_request_error`. */
const ACCOUNT_WORDS =
  /\b(your|this) (account|api key|credential|credit balance|organi[sz]ation|plan|project)\b|\bspecified api usage limits\b|\bcurrent quota\b|\binsufficient (balance|credits|funds|quota)\b|\bproject `?proj_/i;
/** A router that has the words of a caller examined forbids them under the same status. */
const MODERATION_WORDS = /\b(flagged|moderation)\b/i;

const kinds = z.looseObject({
  type: z.unknown().optional(),
  code: z.unknown().optional(),
  message: z.string().optional(),
});
const nested = z.looseObject({ error: kinds });

/**
 * Does a provider's refusal concern this gateway's own account and not the call? That is its operator's to act on, and none of
 * a caller's business.
 */
export const isAboutAccount = (status: number, bodyText: string): boolean => {
  if (ACCOUNT_STATUSES.includes(status)) return true;
  const value = parsedJson(bodyText);
  const error = nested.safeParse(value).data?.error ?? kinds.safeParse(value).data;
  const words = error?.message ?? '';
  if (status === FORBIDDEN) return !MODERATION_WORDS.test(words);
  if (error === undefined || status >= 500) return false;
  const isOfAccount = [error.type, error.code].some((kind) => ACCOUNT_KINDS.has(String(kind)));
  return isOfAccount || (status !== LIMITED && ACCOUNT_WORDS.test(words));
};

/** A limit is reported as one of an organisation, which passes when it has waited. */
const LIMITED = 429;

const ACCOUNT_IDS =
  /\bsk-\S+|\b(?:org|proj|key|acct|user)[-_][\w*-]{6,}|(?<=\borgani[sz]ation:? )[\da-f-]{36}/g;

/** The same words without the names of the account: of its organisation, its project, its key. */
export const withoutAccount = (text: string): string => text.replace(ACCOUNT_IDS, '...');
