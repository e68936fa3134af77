import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { say, sharedE2e } from '../support/e2e.ts';

/** What a provider's bad day looks like from outside. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { complete, mint, own } = e2e;

test.each([
  ['limited', 429, '7', 'slow down'],
  ['overloaded', 503, '3', 'too busy'],
])(
  'a provider that is %s is passed on as its %d with its Retry-After, and costs nothing',
  async (mood, status, retryAfter, words) => {
    const key = await mint();
    for (const stream of [false, true]) {
      const answer = await complete(key.secret, { ...say(mood), stream });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
      expect(await answer.text()).toContain(words);
    }
    expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
  },
);

test('an answer that is not JSON is a 502 in the shape of the dialect, and holds nothing', async () => {
  const key = await mint();
  const answer = await complete(key.secret, say('garbled'));
  expect([answer.status, await answer.json()]).toEqual([
    502,
    {
      error: expect.objectContaining({
        type: 'api_error',
        code: 'provider_stream_malformed',
        param: null,
        request_id: answer.headers.get('x-request-id'),
      }),
    },
  ]);
  expect((await own(key.secret)).held_micros).toBe(0);
});

const CUT = 'a stream that breaks off ends with an error event that names the reason';
laptopTest(CUT, 'a buffered answer has no events', async () => {
  const key = await mint();
  const answer = await complete(key.secret, { ...say('cut'), stream: true });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain('word0');
  const last = text.trim().split('\n\n').at(-1) ?? '';
  expect(JSON.parse(last.replace(/^data: /, ''))).toMatchObject({
    error: { code: 'provider_stream_malformed', type: 'api_error' },
  });
  expect((await own(key.secret)).held_micros).toBe(0);
});
