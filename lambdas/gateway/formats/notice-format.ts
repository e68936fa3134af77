import * as z from 'zod';
import {
  MAILS_A_DAY,
  NOTICE_EVENTS,
  NOTICE_KINDS,
  NOTICE_LIMITS,
  type Notice,
  type NoticeHealth,
} from '../../ledger/domain/notice.ts';
import { urlProblem } from '../../shared/public-address.ts';
import type { noticeSchema } from './notice-contract.ts';

const { addressesMax, mailsADayMax } = NOTICE_LIMITS;
const SECRET_CHARS_MIN = 16;
const SECRET_CHARS_MAX = 200;

const url = z.url({ protocol: /^https?$/ }).max(2_000);
const changeable = {
  name: z.string().min(1).max(256),
  url: url.describe('of a webhook'),
  signing_secret: z
    .string()
    .min(SECRET_CHARS_MIN)
    .max(SECRET_CHARS_MAX)
    .describe('of a webhook; never shown again'),
  addresses: z.array(z.email().max(254)).max(addressesMax).describe('of an e-mail: the operator’s'),
  user_address_field: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .nullable()
    .describe('of an e-mail: the field of a key’s metadata that holds its user’s own address'),
  product_name: z.string().min(1).max(80).nullable().describe('what users know the product by'),
  user_link: url.max(1_000).nullable().describe('where users are sent for more'),
  mails_per_day: z
    .int()
    .min(1)
    .max(mailsADayMax)
    .describe('addresses written to in a day (UTC); what is beyond it is left out'),
  events: z.array(z.enum(NOTICE_EVENTS)).min(1),
  thresholds: z
    .array(z.number().gt(0).lte(1))
    .min(1)
    .max(10)
    .nullable()
    .describe('shares of a cap; null: each at which a key warns'),
  paused: z.boolean(),
};

/** POST /v1/notices */
export const createNoticeBody = z.strictObject({
  ...changeable,
  kind: z.enum(NOTICE_KINDS),
  url: changeable.url.optional(),
  signing_secret: changeable.signing_secret.optional(),
  addresses: changeable.addresses.default([]),
  user_address_field: changeable.user_address_field.default(null),
  product_name: changeable.product_name.default(null),
  user_link: changeable.user_link.default(null),
  mails_per_day: changeable.mails_per_day.default(MAILS_A_DAY),
  events: changeable.events.default([...NOTICE_EVENTS]),
  thresholds: changeable.thresholds.default(null),
  paused: changeable.paused.default(false),
});

/** PATCH /v1/notices/{notice_id} */
export const patchNoticeBody = z.strictObject(changeable).partial();

export const noticeOfBody = (
  body: z.output<typeof createNoticeBody>,
  made: Pick<Notice, 'id' | 'projectId'> & { readonly nowMs: number },
): Notice => ({
  id: made.id,
  projectId: made.projectId,
  name: body.name,
  kind: body.kind,
  url: body.url ?? '',
  addresses: body.addresses,
  userAddressField: body.user_address_field,
  productName: body.product_name,
  userLink: body.user_link,
  mailsADay: body.mails_per_day,
  events: body.events,
  thresholds: body.thresholds,
  isPaused: body.paused,
  revision: 1,
  createdMs: made.nowMs,
  updatedMs: made.nowMs,
});

export const changedNotice = (
  before: Notice,
  body: z.output<typeof patchNoticeBody>,
  nowMs: number,
): Notice => ({
  ...before,
  name: body.name ?? before.name,
  url: body.url ?? before.url,
  addresses: body.addresses ?? before.addresses,
  userAddressField: unlessAbsent(body.user_address_field, before.userAddressField),
  productName: unlessAbsent(body.product_name, before.productName),
  userLink: unlessAbsent(body.user_link, before.userLink),
  mailsADay: body.mails_per_day ?? before.mailsADay,
  events: body.events ?? before.events,
  thresholds: unlessAbsent(body.thresholds, before.thresholds),
  isPaused: body.paused ?? before.isPaused,
  updatedMs: nowMs,
});

const unlessAbsent = <T>(given: T | undefined, before: T): T =>
  given === undefined ? before : given;

/** What is wrong with a notice as a whole, as `url: ...`; null: nothing. */
export const noticeProblem = (
  notice: Notice,
  hasSecret: boolean,
  isLoopbackAllowed: boolean,
): string | null => {
  if (notice.kind === 'webhook') {
    if (notice.url === '') return 'url: a webhook needs one';
    const problem = urlProblem(notice.url, isLoopbackAllowed);
    if (problem !== null) return `url: ${problem}`;
    if (notice.addresses.length > 0) return 'addresses: only of the kind email';
    if (notice.userAddressField !== null) return 'user_address_field: only of the kind email';
    return null;
  }
  if (notice.url !== '') return 'url: only of the kind webhook';
  if (hasSecret) return 'signing_secret: only of the kind webhook';
  if (notice.addresses.length === 0 && notice.userAddressField === null)
    return 'addresses: an e-mail needs one, or a user_address_field';
  return null;
};

export const noticeView = (notice: Notice, health: NoticeHealth): z.input<typeof noticeSchema> => ({
  object: 'notice',
  id: notice.id,
  kind: notice.kind,
  name: notice.name,
  url: notice.url === '' ? null : notice.url,
  addresses: [...notice.addresses],
  user_address_field: notice.userAddressField,
  product_name: notice.productName,
  user_link: notice.userLink,
  mails_per_day: notice.mailsADay,
  events: [...notice.events],
  thresholds: notice.thresholds === null ? null : [...notice.thresholds],
  paused: notice.isPaused,
  health: {
    last_sent_at: health.lastSentMs,
    problem: health.problem,
    problem_at: health.problemMs,
    mails_left_out: health.leftOut,
  },
  created_at: notice.createdMs,
  updated_at: notice.updatedMs,
});
