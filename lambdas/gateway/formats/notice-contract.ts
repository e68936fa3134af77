import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import { NOTICE_EVENTS, NOTICE_KINDS } from '../../ledger/domain/notice.ts';
import { createNoticeBody, patchNoticeBody } from './notice-format.ts';

const notices = chapter('Notices');
const time = z.int().describe('epoch ms');

export const noticeSchema = z
  .strictObject({
    object: z.literal('notice'),
    id: z.string(),
    kind: z.enum(NOTICE_KINDS),
    name: z.string(),
    url: z.string().nullable(),
    addresses: z.array(z.string()),
    user_address_field: z.string().nullable(),
    product_name: z.string().nullable(),
    user_link: z.string().nullable(),
    mails_per_day: z.int(),
    events: z.array(z.enum(NOTICE_EVENTS)),
    thresholds: z.array(z.number()).nullable(),
    paused: z.boolean(),
    health: z.strictObject({
      last_sent_at: time.nullable(),
      problem: z.string().nullable().describe('null: none since what was sent last'),
      problem_at: time.nullable(),
      mails_left_out: z.int().describe('beyond mails_per_day, since ever'),
    }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Notice' });

const noticeWithSecretSchema = noticeSchema
  .extend({ secret: z.string().optional().describe('what signs a webhook; shown once') })
  .meta({ id: 'NoticeWithSecret' });
const noticeListSchema = listOf(noticeSchema).meta({ id: 'NoticeList' });
const testSchema = z
  .strictObject({
    object: z.literal('notice_test'),
    notice_id: z.string(),
    ok: z.boolean(),
    latency_ms: z.int(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'NoticeTest' });

const ID = 'notice_4m2t6q8r0v5w7y3b';
const AT = 1_796_000_000_000;
const NOTICE = {
  object: 'notice' as const,
  id: ID,
  kind: 'webhook' as const,
  name: 'billing',
  url: 'https://api.example.com/hooks/spend',
  addresses: [],
  user_address_field: null,
  product_name: null,
  user_link: null,
  mails_per_day: 200,
  events: [...NOTICE_EVENTS],
  thresholds: [0.8, 1],
  paused: false,
  health: { last_sent_at: null, problem: null, problem_at: null, mails_left_out: 0 },
  created_at: AT,
  updated_at: AT,
};

export const NOTICE_PATHS: ZodOpenApiPathsObject = {
  '/v1/notices': {
    post: {
      ...notices('createNotice', 'Send news of caps to a webhook or by e-mail'),
      requestBody: json(createNoticeBody, {
        kind: 'webhook',
        name: 'billing',
        url: 'https://api.example.com/hooks/spend',
        thresholds: [0.8, 1],
      }),
      ...answers(
        '201',
        'The notice; of a webhook its secret, once',
        json(noticeWithSecretSchema, { ...NOTICE, secret: 'whsec_q7Zx0mS2pXv3yB6nD9fG1hJ4kL8' }),
      ),
    },
    get: {
      ...notices('listNotices', 'List the notices of the project'),
      ...answers('200', 'Every notice', json(noticeListSchema, pageOf(NOTICE))),
    },
  },
  '/v1/notices/{notice_id}': {
    get: {
      ...notices('getNotice', 'Get a notice with how it does'),
      requestParams: path('notice_id'),
      ...answers('200', 'The notice', json(noticeSchema, NOTICE)),
    },
    patch: {
      ...notices('updateNotice', 'Change a notice'),
      requestParams: path('notice_id'),
      requestBody: json(patchNoticeBody, { paused: true }),
      ...answers(
        '200',
        'The notice; of a webhook that goes to another host its new secret, once',
        json(noticeWithSecretSchema, { ...NOTICE, paused: true }),
      ),
    },
    delete: {
      ...notices('deleteNotice', 'Delete a notice'),
      requestParams: path('notice_id'),
      ...answers(
        '200',
        'It is gone',
        json(
          z.strictObject({
            object: z.literal('notice'),
            id: z.string(),
            deleted: z.literal(true),
          }),
          { object: 'notice', id: ID, deleted: true },
        ),
      ),
    },
  },
  '/v1/notices/{notice_id}/test': {
    post: {
      ...notices('testNotice', 'Send a test to a notice'),
      requestParams: path('notice_id'),
      ...answers(
        '200',
        'Whether it was taken',
        json(testSchema, {
          object: 'notice_test',
          notice_id: ID,
          ok: true,
          latency_ms: 84,
          problem: null,
        }),
      ),
    },
  },
};
