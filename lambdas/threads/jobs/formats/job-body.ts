import * as z from 'zod';
import { ITEM_KEY_TEXT } from '../../../http/item-key-text.ts';
import { queryNumber } from '../../../http/query-number.ts';
import { AppError } from '../../../shared/app-error.ts';
import { METADATA_CHARS_MAX, METADATA_ENTRIES_MAX } from '../../domain/limits.ts';
import { JOB_URLS, type JobCall } from '../domain/job.ts';
import {
  CUSTOM_ID_CHARS_MAX,
  JOB_BYTES_MAX,
  JOB_REQUESTS_MAX,
  RESULTS_PAGE_DEFAULT,
  RESULTS_PAGE_MAX,
  WEBHOOK_URL_CHARS_MAX,
} from '../domain/limits.ts';

const callBody = z
  .looseObject({
    model: z.string().optional().describe('Required where its route requires it.'),
    stream: z
      .boolean()
      .nullish()
      .describe('Of a single call: what its route streams is then resumed from any place.'),
  })
  .meta({ id: 'JobCallBody', description: 'The body, as its route takes it.' });
const callUrl = z
  .enum(JOB_URLS, {
    error: ({ input }) =>
      /^\/v1\/jobs\b/.test(String(input))
        ? 'a job holds no other jobs'
        : `one of ${JOB_URLS.join(', ')}`,
  })
  .meta({ id: 'JobUrl', description: 'The route of the call.' });

const batchRequest = z.strictObject({
  custom_id: z
    .string()
    .min(1)
    .max(CUSTOM_ID_CHARS_MAX)
    .describe('Your own name of the call, once in a job: its line of the results has it.'),
  method: z.literal('POST').optional(),
  url: callUrl,
  body: callBody,
});

export const jobBody = z
  .strictObject({
    url: callUrl.optional(),
    body: callBody.optional(),
    requests: z
      .array(batchRequest)
      .min(1)
      .max(JOB_REQUESTS_MAX)
      .optional()
      .describe(`In the place of \`url\` and \`body\`: up to ${JOB_REQUESTS_MAX} calls.`),
    metadata: z
      .record(z.string().min(1).max(METADATA_CHARS_MAX), z.string().max(METADATA_CHARS_MAX))
      .refine(
        (entries) => Object.keys(entries).length <= METADATA_ENTRIES_MAX,
        `at most ${METADATA_ENTRIES_MAX} entries`,
      )
      .optional(),
    webhook: z
      .strictObject({
        url: z.string().min(1).max(WEBHOOK_URL_CHARS_MAX),
        secret: z
          .string()
          .min(16)
          .max(CUSTOM_ID_CHARS_MAX)
          .optional()
          .describe('What the webhook is signed with. Absent: one is made, and shown once.'),
      })
      .optional(),
    on_interrupt: z
      .enum(['retry', 'fail'])
      .default('retry')
      .describe(
        'What becomes of a call whose function died in the middle of it: made once more, and then paid for twice, or failed.',
      ),
  })
  .meta({ id: 'NewJob' });
export type JobBody = z.output<typeof jobBody>;

export const listJobsQuery = z.object({
  limit: queryNumber(1, 100).default(20),
  cursor: z.string().optional(),
  end_user_id: z.string().optional(),
  scope: z.enum(['project']).optional(),
});

export const resultsQuery = z.object({
  limit: queryNumber(1, RESULTS_PAGE_MAX).default(RESULTS_PAGE_DEFAULT),
  cursor: z.string().optional(),
});

/** The calls that a body asks for. Throws AppError (400, 413) that names what is wrong. */
export const readCalls = (
  body: JobBody,
): { readonly kind: 'call' | 'batch'; readonly calls: readonly JobCall[] } => {
  const { url, body: one, requests } = body;
  if (requests !== undefined) {
    if (url !== undefined) throw invalid('url', 'comes without `requests`');
    if (one !== undefined) throw invalid('body', 'comes without `requests`');
    const calls = requests.map((request) => ({
      customId: request.custom_id,
      url: request.url,
      body: request.body,
    }));
    checkBatch(calls);
    return { kind: 'batch', calls: withinBytes(calls, 'requests') };
  }
  if (url === undefined) throw invalid('url', 'or `requests` is required');
  if (one === undefined) throw invalid('body', 'is required with `url`');
  const call = { customId: null, url, body: one };
  return { kind: 'call', calls: withinBytes([call], 'body') };
};

const checkBatch = (calls: readonly JobCall[]): void => {
  const seen = new Set<string | null>();
  for (const [index, { customId, body }] of calls.entries()) {
    if (seen.has(customId)) throw invalid(`requests.${index}.custom_id`, 'is there twice');
    if (customId?.isWellFormed() !== true)
      throw invalid(`requests.${index}.custom_id`, ITEM_KEY_TEXT);
    seen.add(customId);
    if (body['stream'] === true)
      throw invalid(`requests.${index}.body.stream`, 'nobody reads a stream of a batch');
  }
};

const withinBytes = (calls: readonly JobCall[], param: string): readonly JobCall[] => {
  if (Buffer.byteLength(JSON.stringify(calls)) <= JOB_BYTES_MAX) return calls;
  throw new AppError({
    code: 'body_too_large',
    publicMessage: `${param}: more than ${JOB_BYTES_MAX} bytes of JSON; make several jobs.`,
    facts: { param },
  });
};

export const invalid = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });
