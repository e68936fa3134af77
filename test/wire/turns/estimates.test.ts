import { beforeAll, describe, expect, test } from 'vitest';
import { chunk, usageChunk } from '../../support/scripted-answers.ts';
import { anthropic, cl100k } from '../../support/real-tokenizers.ts';
import { settleRoom, type ProviderAnswer } from '../../support/settle-room.ts';

const SONNET = 'claude-sonnet-4-6';
const GEORGIAN = 'ადამიანები იბადებიან თავისუფალნი და თანასწორნი თავიანთი ღირსებით და უფლებებით. ';
const INDONESIAN = 'Semua orang dilahirkan merdeka dan mempunyai martabat dan hak yang sama. ';

const sse = (...frames: readonly object[]): string =>
  frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('');
const streamed = (...frames: readonly string[]): ProviderAnswer => ({
  type: 'text/event-stream',
  pieces: frames.map((frame) => Buffer.from(frame)),
  isBroken: true,
});
const bytes = (body: object): Buffer =>
  Buffer.from(
    JSON.stringify({ stream: true, messages: [{ role: 'user', content: 'hi' }], ...body }),
  );
const said = (text: string): string =>
  sse(
    { type: 'message_start', message: { model: SONNET, usage: { input_tokens: 10 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
  );

let room: Awaited<ReturnType<typeof settleRoom>>;
beforeAll(async () => void (room = await settleRoom()));

describe('output that its provider did not count', () => {
  test.each([
    ['Georgian', GEORGIAN.repeat(40)],
    ['Indonesian', INDONESIAN.repeat(40)],
  ])("is at least what the model's own tokenizer makes of it: %s", async (_name, text) => {
    const limit = 100_000;
    const gpt = bytes({ model: 'gpt-4', max_tokens: limit });
    const first = await room.call('openai-chat', gpt, streamed(chunk(text)));
    expect(first.settled.tokens.output).toBeGreaterThanOrEqual(cl100k(text));
    const claude = bytes({ model: SONNET, max_tokens: limit });
    const second = await room.call('anthropic-messages', claude, streamed(said(text)));
    expect(second.settled.tokens.output).toBeGreaterThanOrEqual(anthropic(text));
  });

  test('is at most what was held', async () => {
    const text = GEORGIAN.repeat(40);
    const gpt = bytes({ model: 'gpt-4', max_tokens: 300, n: 2 });
    const { settled } = await room.call('openai-chat', gpt, streamed(chunk(text)));
    expect(settled.tokens.output).toBe(600);
    const turn = await room.turn('a thread', SONNET, streamed(said(text)));
    expect(turn.settled.tokens.output).toBe(500);
    expect(
      (await room.call('anthropic-messages', turn.body, streamed(said(text)))).settled,
    ).toEqual(turn.settled);
  });
});

describe('a count that cannot be', () => {
  const chat = (usage: object): ProviderAnswer => ({
    type: 'text/event-stream',
    pieces: [Buffer.from(`${chunk('alpha')}${usageChunk(usage)}data: [DONE]\n\n`)],
  });
  test.each([
    ['more than a model puts out', { prompt_tokens: 100, completion_tokens: 99_999_999 }, 15_600],
    ['more than its limit', { prompt_tokens: 100, completion_tokens: 16_385 }, 15_600],
    ['more than its window', { prompt_tokens: 5_000_000, completion_tokens: 20 }, null],
  ])('is none: %s', async (_name, usage, cost) => {
    const { settled, body } = await room.turn('a thread', 'gpt-4o-mini', chat(usage));
    expect(settled).toMatchObject({ estimated: true, status: 'completed' });
    if (cost === null) expect(settled.tokens).toMatchObject({ output: 20 });
    else expect(settled).toMatchObject({ costNanoUsd: cost });
    expect(settled.tokens.input).toBeLessThan(1_000);
    expect((await room.call('openai-chat', body, chat(usage))).settled).toEqual(settled);
  });

  test('stands where a provider disregards the limit of a caller, for it bills so', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 16_384 };
    const { settled } = await room.turn('a thread', 'gpt-4o-mini', chat(usage));
    expect(settled).toMatchObject({ estimated: false, tokens: { output: 16_384 } });
  });

  test('of searches that no answer makes costs nothing', async () => {
    const usage = { output_tokens: 20, server_tool_use: { web_search_requests: 99_999_999 } };
    const end = sse(
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
      { type: 'message_stop' },
    );
    const answer = { ...streamed(`${said('alpha')}${end}`), isBroken: false };
    const { settled } = await room.turn('a thread', SONNET, answer);
    expect(settled.costNanoUsd).toBe(330_000);
  });
});
