import OpenAI from 'openai';
import { jobView, resultView, type JobView } from '../../lambdas/threads/jobs/formats/job-view.ts';
import type { E2e } from './e2e.ts';
import { eventually } from './stack.ts';

/** Jobs of one key, asked for by OpenAI's own client; every answer is what the contract says. */
export const jobClient = async (e2e: E2e, fields: object = { user_id: 'ada' }) => {
  const { secret, id } = await e2e.mint(fields);
  const openai = new OpenAI({
    baseURL: `${e2e.stack.baseUrl}/v1`,
    apiKey: secret,
    maxRetries: 0,
  });
  const read = async (id: string): Promise<JobView> =>
    jobView.parse(await openai.get(`/jobs/${id}`));
  const text = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(`${e2e.stack.baseUrl}/v1${path}`, {
      headers: { authorization: `Bearer ${secret}`, ...headers },
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return {
    openai,
    secret,
    keyId: id,
    text,
    read,
    make: async (body: object, idempotencyKey?: string): Promise<JobView> =>
      jobView.parse(
        await openai.post('/jobs', {
          body,
          ...(idempotencyKey === undefined
            ? {}
            : { headers: { 'idempotency-key': idempotencyKey } }),
        }),
      ),
    cancel: async (id: string): Promise<JobView> =>
      jobView.parse(await openai.post(`/jobs/${id}/cancel`)),
    ended: async (id: string): Promise<JobView> => {
      await eventually(async () => {
        const { status, ended_at, counts } = await read(id);
        if (ended_at === null) throw new Error(`${status} ${JSON.stringify(counts)}`);
      });
      return await read(id);
    },
    lines: async (id: string) =>
      (await text(`/jobs/${id}/results`)).text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => resultView.parse(JSON.parse(line))),
  };
};

export const chat = (content: string, more: object = {}) => ({
  url: '/v1/chat/completions',
  body: {
    model: 'gpt-4o-mini',
    max_tokens: 50,
    messages: [{ role: 'user', content }],
    ...more,
  },
});
