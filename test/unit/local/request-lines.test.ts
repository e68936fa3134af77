import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestLines, type Answered } from '../../../local/http/request-lines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ANSWERED: Answered = {
  requestId: 'req_1',
  method: 'POST',
  path: '/v1/chat/completions',
  status: 200,
  ms: 412,
  isCall: true,
};
const PAID = {
  request_id: 'req_1',
  key_id: 'key_1',
  model: 'gpt-4o-mini',
  status: 'completed',
  input_tokens: '9',
  output_tokens: '20',
  SettledMicros: 14,
};
const WITH_MONEY =
  '00:00:00  POST /v1/chat/completions 200 412 ms  ada key_1  gpt-4o-mini  9 in 20 out  $0.000014  req_1';

const linesOf = async (happenings: (lines: RequestLines) => void, user: string | null = 'ada') => {
  const printed: string[] = [];
  const print = (line: string): void => void printed.push(line);
  const userOf = async (): Promise<string | null> => {
    await Promise.resolve();
    if (user === null) throw new Error('no such key');
    return user;
  };
  happenings(new RequestLines({ print, userOf, nowMs: () => 0 }));
  await vi.advanceTimersByTimeAsync(10_000);
  return printed;
};

test('a request has one line with its money, whichever is known first', async () => {
  expect(
    await linesOf((lines) => {
      lines.answered(ANSWERED);
      lines.line(PAID);
    }),
  ).toEqual([WITH_MONEY]);
  expect(
    await linesOf((lines) => {
      lines.line(PAID);
      lines.answered(ANSWERED);
    }),
  ).toEqual([WITH_MONEY]);
});

test('what calls no model or is refused waits for no money', async () => {
  const printed: string[] = [];
  const lines = new RequestLines({
    print: (line) => void printed.push(line),
    userOf: async () => await Promise.resolve(null),
    nowMs: () => 0,
  });
  lines.answered({ ...ANSWERED, status: 402 });
  lines.answered({ ...ANSWERED, method: 'GET', path: '/v1/key', isCall: false });
  expect(printed).toEqual([
    '00:00:00  POST /v1/chat/completions 402 412 ms  req_1',
    '00:00:00  GET /v1/key 200 412 ms  req_1',
  ]);
});

test.each([402, 429, 404])('a %d says whose request was refused', async (status) => {
  const requestId = `req_${'k'.repeat(16)}${'h'.repeat(26)}`;
  const refused = { ...ANSWERED, status, requestId };
  expect(await linesOf((lines) => lines.answered(refused))).toEqual([
    `00:00:00  POST /v1/chat/completions ${status} 412 ms  ada key_${'k'.repeat(16)}  ${requestId}`,
  ]);
  const unknown = `req_${'0'.repeat(16)}${'h'.repeat(26)}`;
  expect(await linesOf((lines) => lines.answered({ ...refused, requestId: unknown }))).toEqual([
    `00:00:00  POST /v1/chat/completions ${status} 412 ms  ${unknown}`,
  ]);
});

test('a request whose money never comes, and a call after a request that is over, have a line each', async () => {
  expect(await linesOf((lines) => lines.answered(ANSWERED))).toEqual([
    '00:00:00  POST /v1/chat/completions 200 412 ms  req_1',
  ]);
  expect(await linesOf((lines) => lines.line({ ...PAID, status: 'cancelled' }), null)).toEqual([
    '00:00:00  after its request  key_1  gpt-4o-mini  9 in 20 out  $0.000014  cancelled req_1',
  ]);
  expect(await linesOf((lines) => lines.line({ level: 'INFO' }))).toEqual([]);
});
