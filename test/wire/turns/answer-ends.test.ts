import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { recordedAnswer } from '../../support/recorded-answers.ts';
import { chunk, DONE, usageChunk } from '../../support/scripted-answers.ts';
import { settleRoom, type ProviderAnswer } from '../../support/settle-room.ts';

const MINI = 'gpt-4o-mini';
const SONNET = 'claude-sonnet-4-6';
const told = { prompt_tokens: 100, completion_tokens: 20 };
const reason = (finish_reason: string | null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason }] })}\n\n`;
const stream = (...frames: readonly string[]): ProviderAnswer => ({
  type: 'text/event-stream',
  pieces: frames.map((frame) => Buffer.from(frame)),
});

let turns: Awaited<ReturnType<typeof settleRoom>>;
beforeAll(async () => void (turns = await settleRoom()));

describe('how a run ends', () => {
  test.each<readonly [string, ProviderAnswer, string, string | null]>([
    [
      'with a reason and no last frame it is complete',
      stream(chunk('alpha'), reason('stop'), usageChunk(told)),
      'run.completed',
      'end_turn',
    ],
    [
      'with a last frame and no reason it is incomplete',
      stream(chunk('alpha'), usageChunk(told), DONE),
      'run.incomplete',
      null,
    ],
    [
      'with a word for a broken answer it is incomplete',
      stream(chunk('alpha'), reason('network_error'), usageChunk(told), DONE),
      'run.incomplete',
      null,
    ],
    ['with neither it failed', stream(chunk('alpha')), 'run.failed', 'error'],
    [
      'at a frame that is no JSON it failed',
      stream(chunk('alpha'), 'data: {no json\n\n', reason('stop'), DONE),
      'run.failed',
      'error',
    ],
  ])('%s; its words are kept and paid', async (_name, answer, type, stopReason) => {
    const { said, settled } = await turns.turn('a thread', MINI, answer);
    expect(said).toContain('alpha');
    const [, data = ''] = new RegExp(`event: ${type}\\ndata: (.*)\\n`).exec(said) ?? [];
    expect(JSON.parse(data)).toMatchObject({ type, stop_reason: stopReason });
    if (type === 'run.failed') expect(data).toContain('provider_stream_malformed');
    expect(settled.costNanoUsd).toBeGreaterThan(0);
  });

  test('at an error it failed, also where its provider never hangs up', async () => {
    const error = 'data: {"error":{"code":502,"message":"gone"}}\n\n';
    const answer = stream(chunk('alpha'), error, usageChunk(told));
    const { said, settled } = await turns.turn('a thread', MINI, { ...answer, isOpen: true });
    expect(said).toContain('event: run.failed');
    expect(settled).toMatchObject({ costNanoUsd: 27_000, status: 'provider_error' });
  });

  test.each([
    [MINI, recordedAnswer('openai-chat', 'ok'), 100],
    [SONNET, recordedAnswer('anthropic-messages', 'later-zero'), 1_000],
  ])('its turn counts what was put in and out: %s', async (model, answer, input) => {
    const { said } = await turns.turn('a thread', model, answer);
    const [, data = ''] = /event: message_delta\ndata: (.*)\n/.exec(said) ?? [];
    expect(JSON.parse(data)).toMatchObject({ usage: { input_tokens: input, output_tokens: 20 } });
  });
});

describe('a call in the gateway', () => {
  const body = { model: MINI, stream: true, messages: [{ role: 'user', content: 'hi' }] };
  const call = async (answer: ProviderAnswer) =>
    await turns.call('openai-chat', Buffer.from(JSON.stringify(body)), answer);

  test('passes a stream whose content type says otherwise, and counts it', async () => {
    for (const type of ['text/plain', 'application/json', '', 'application/octet-stream']) {
      const { pieces } = recordedAnswer('openai-chat', 'ok');
      const { said, settled } = await call({ type, pieces });
      expect(said).toContain('data: [DONE]');
      expect(settled).toMatchObject({ costNanoUsd: 27_000, status: 'completed' });
    }
  });

  test('passes a frame that is no JSON, and says no error of its own', async () => {
    const frames = [chunk('alpha'), 'data: {no json\n\n', reason('stop'), usageChunk(told), DONE];
    const { said, settled } = await call(stream(...frames));
    expect(said).toContain('data: {no json\n\n');
    expect(said).not.toContain('error');
    expect(settled).toMatchObject({ costNanoUsd: 27_000, estimated: false });
  });

  test('says its error behind whole events alone', async () => {
    const { said } = await call(stream(chunk('alpha'), 'data: {"choices":[{"del'));
    const events = said.split('\n\n').filter((event) => event !== '');
    expect(events).toHaveLength(2);
    expect(events[1]).toContain('provider_stream_malformed');
  });

  test('passes what is no event at the end, and says its error on a line of its own', async () => {
    const late = '{"error":{"message":"late"}}';
    const { said } = await call(stream(chunk('alpha'), late));
    expect(said).toContain(`${chunk('alpha')}${late}\n\ndata: {"error"`);
  });

  test('shows an error at the very end, whatever shape it has', async () => {
    const error = '{"error":{"type":"overloaded_error","message":"overloaded"}}';
    const { said: bare, settled } = await call(stream(error));
    expect(bare).toContain(`${error}\n\ndata: {"error"`);
    expect(settled).toMatchObject({ costNanoUsd: 0, status: 'released' });
    for (const end of ['', '\n', '\r\n']) {
      const { said } = await call(stream(chunk('alpha'), `data: ${error}${end}`));
      expect(said).toBe(`${chunk('alpha')}data: ${error}${end}\n\n`);
    }
  });

  test('passes and counts an answer with numbers that JSON does not have', async () => {
    const answer =
      '{"choices":[{"message":{"content":"NaN, }"},"logprobs":[-Infinity,NaN,],"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":20}}';
    const asked = Buffer.from(JSON.stringify({ ...body, stream: false }));
    const { said, settled } = await turns.call('openai-chat', asked, {
      type: 'application/json',
      pieces: [Buffer.from(answer)],
    });
    expect(said).toBe(answer);
    expect(settled).toMatchObject({ costNanoUsd: 27_000, estimated: false, status: 'completed' });
  });

  test.each([
    ['1h', 600_330_000],
    ['5m', 375_330_000],
  ])('prices cache writes that nobody split as what it asked for: %s', async (ttl, cost) => {
    const text = { type: 'text', text: 'hi', cache_control: { type: 'ephemeral', ttl } };
    const asked = { model: SONNET, max_tokens: 50, messages: [{ role: 'user', content: [text] }] };
    const { settled } = await turns.call(
      'anthropic-messages',
      Buffer.from(JSON.stringify(asked)),
      recordedAnswer('anthropic-messages', 'hour-no-split'),
    );
    expect(settled).toMatchObject({ costNanoUsd: cost });
  });
});

describe('a settlement that the store refuses', () => {
  let room: ReturnType<typeof engineRoom>;
  beforeEach(() => void (room = engineRoom('http://127.0.0.1:9')));

  test('is estimated and written at once, so that no hold outlives its call', async () => {
    await room.mint();
    const { pieces } = recordedAnswer('openai-chat', 'ok');
    async function* body(): AsyncGenerator<Uint8Array> {
      yield* pieces;
    }
    room.deps.modelClient = {
      send: async () => ({
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: body(),
      }),
    };
    const ledger = { ...room.deps.ledger };
    Object.assign(room.deps.ledger, {
      settle: async (...[hold, settlement]: Parameters<typeof ledger.settle>) => {
        if (!settlement.estimated) throw new Error('these counts cannot be written');
        return await ledger.settle(hold, settlement);
      },
    });
    await textOf(await room.call({ stream: true }));
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
    expect(await room.last()).toMatchObject({ estimated: true, status: 'completed' });
  });
});
