import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';
import {
  answer,
  chunk,
  costOf,
  DONE,
  failureOf,
  stream,
  usage,
} from '../../support/scripted-answers.ts';

/** After this a provider counts as silent; its answer must come sooner, on a busy machine too. */
const SILENCE_MS = 1_500;

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
beforeEach(() => void (room = engineRoom(upstream.url)));
afterAll(() => upstream.stop());

describe('what a call costs', () => {
  test.each([
    ['usage as told', answer({ usage }), costOf(9, 20), { estimated: false, status: 'completed' }],
    [
      'an explicit zero beside no words stays zero',
      {
        ...answer({}),
        chunks: ['{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}'],
      },
      0,
      { estimated: false },
    ],
    ['a provider error costs nothing', { ...answer({}), status: 500 }, 0, { status: 'released' }],
    [
      'a rate limit of the provider costs nothing',
      { ...answer({}), status: 429 },
      0,
      { status: 'released' },
    ],
  ] as const)('without a stream: %s', async (_name, script, cost, told) => {
    await room.mint();
    upstream.script = script;
    await room.call({ max_tokens: 50 });
    expect(await room.last()).toMatchObject({ costNanoUsd: cost, ...told });
    expect(await room.state()).toMatchObject({ spentNanoUsd: cost, heldNanoUsd: 0 });
  });

  test.each([
    ['no usage', answer({})],
    ['a count of zero beside words', answer({ usage: { prompt_tokens: 9, completion_tokens: 0 } })],
    ['a count of output alone', answer({ usage: { completion_tokens: 30 } })],
    [
      'words in a shape that nobody knows',
      { ...answer({}), chunks: ['{"output":"some words of an answer"}'] },
    ],
  ])('without a stream: %s is estimated, never free', async (_name, script) => {
    await room.mint();
    upstream.script = script;
    await room.call({ max_tokens: 50 });
    const last = await room.last();
    expect(last).toMatchObject({ estimated: true, status: 'completed' });
    expect(last?.tokens.output).toBeGreaterThan(1);
    expect(last?.costNanoUsd).toBeGreaterThan(costOf(1, 1));
  });

  test.each([
    ['is cut', { ...answer({}), ending: 'cut' as const }],
    ['goes silent', { ...answer({}), ending: 'hang' as const }],
    ['is cut in its JSON', { ...answer({}), chunks: ['{"choices":[{"message":'] }],
  ])('an answer that %s is a 502 or 504 and pays for what came', async (_name, script) => {
    room = engineRoom(upstream.url, SILENCE_MS);
    await room.mint();
    upstream.script = script;
    const failure = await failureOf(room.call({ max_tokens: 50 }));
    expect(failure).toBeInstanceOf(AppError);
    expect([502, 504]).toContain(failure instanceof AppError ? failure.status : 0);
    expect(await room.last()).toMatchObject({ status: 'provider_error', estimated: true });
    expect((await room.state()).spentNanoUsd).toBeGreaterThan(0);
  });

  test.each([
    ['a page', 'text/html', '<html><body>maintenance</body></html>'],
    ['words of a relay', 'text/plain', 'quota exceeded for this relay'],
    ['an error', 'application/json', '{"error":{"message":"overloaded","code":502}}'],
    [
      'an error beside no words',
      'application/json',
      '{"error":{"code":502},"choices":[{"message":{"content":""},"finish_reason":"error"}]}',
    ],
    ['an error in a word', 'application/json', '{"error":"model not found"}'],
    ['an error of a relay', 'application/json', '{"detail":"quota exceeded"}'],
    ['an error of a list', 'application/json', '[{"error":{"code":429,"message":"late"}}]'],
    ['nothing', 'application/json', ''],
  ])('%s under a good status is a 502 and costs nothing', async (_name, type, body) => {
    await room.mint();
    for (const isStream of [false, true]) {
      upstream.script = { type, chunks: [body] };
      const call = room.call({ max_tokens: 50, stream: isStream });
      expect(await failureOf(call)).toMatchObject({ status: 502 });
      expect(await room.state()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
    }
  });

  test.each([
    ['before its head', { ending: 'silent' }, {}],
    ['before its head, streamed', { ending: 'silent' }, { stream: true }],
    ['behind its head', { ending: 'hang', chunks: [': still at it\n\n'] }, { stream: true }],
  ] as const)(
    'a provider that is silent %s is left, as at a deadline: what it may have made is paid',
    async (_name, script, body) => {
      room = engineRoom(upstream.url, SILENCE_MS);
      await room.mint();
      upstream.script = script;
      const call = room.call({ model: 'o3', max_completion_tokens: 200, ...body });
      const failure = await failureOf(call.then(textOf));
      if (script.ending === 'silent')
        expect(failure).toMatchObject({ code: 'provider_timeout', status: 504, retryable: false });
      const last = await room.last();
      expect(last).toMatchObject({ status: 'provider_error', tokens: { output: 200 } });
      expect(last?.tokens.input).toBeGreaterThan(0);
      expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
    },
  );

  test('a provider that hangs up before its answer, or is not there, is a 502 and costs nothing', async () => {
    await room.mint();
    upstream.script = { ending: 'gone' };
    expect(await failureOf(room.call({}))).toMatchObject({ status: 502 });
    room.deps.accounts.get = async () => ({
      name: 'openai',
      wire: 'openai-chat',
      baseUrl: 'http://127.0.0.1:9',
      apiKey: null,
      simulated: false,
    });
    expect(await failureOf(room.call({}))).toMatchObject({ status: 502 });
    expect(await room.state()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
  });

  test('many small deltas are counted as the text that they make, not one token each', async () => {
    await room.mint();
    const word = 'internationalization ';
    const deltas = Array.from(word.repeat(40), chunk);
    upstream.script = stream(...deltas, DONE);
    await textOf(await room.call({ stream: true, max_tokens: 2_000 }));
    const tokens = (await room.last())?.tokens.output ?? 0;
    expect(tokens).toBeGreaterThan(40);
    expect(tokens).toBeLessThan(deltas.length / 2);
  });

  test('the placeholder count of a cancelled message is not its cost', async () => {
    await room.mint();
    upstream.script = {
      ending: 'hang',
      chunks: [
        'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":50,"output_tokens":1}}}\n\n',
        `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', delta: { text: 'many words came before it was stopped '.repeat(9) } })}\n\n`,
      ],
    };
    const holdId = 'h'.repeat(26);
    const reply = await room.call(
      { model: 'claude-sonnet-4-5', stream: true, max_tokens: 500 },
      { wire: 'anthropic-messages', holdId, deadlineMs: Date.now() + SILENCE_MS },
    );
    expect(await textOf(reply)).toContain('deadline');
    const last = await room.last();
    expect(last).toMatchObject({ status: 'deadline', tokens: { input: 50 } });
    expect(last?.tokens.output).toBeGreaterThan(40);
  });

  const thinking = { thinking: { type: 'adaptive' } };
  test.each([
    ['thinks and shows nothing', 'o3', { stream: true }, 40 * 220],
    ['comes in one piece', 'gpt-4o-mini', {}, 40 * 220],
    ['thinks when it is asked to', 'claude-opus-4-6', { stream: true, ...thinking }, 40 * 105],
    ['thinks at more than is held', 'gpt-5-mini', { stream: true, max_tokens: 900 }, 900],
    ['shows all that it makes', 'gpt-4o-mini', { stream: true }, 0],
    ['shows its thoughts', 'deepseek-v4-pro', { stream: true }, 0],
    [
      'is told not to think',
      'claude-sonnet-5',
      { stream: true, thinking: { type: 'disabled' } },
      0,
    ],
  ])('a stopped call that %s is paid for 40 s of that: %s', async (_name, model, body, output) => {
    let skewMs = 0;
    Object.assign(room.deps, { clock: { nowMs: () => Date.now() + skewMs } });
    await room.mint({ capNanoUsd: null });
    upstream.script = { ending: 'hang', chunks: [': still at it\n\n'] };
    const wire = model.startsWith('claude') ? 'anthropic-messages' : 'openai-chat';
    const asked = { model, max_tokens: 50_000, ...body };
    const stoppedAfter = async (ms: number) => {
      skewMs = 0;
      const call = room.call(asked, { wire, deadlineMs: Date.now() + ms }).then(textOf);
      skewMs = 40_000;
      await failureOf(call);
      return await room.last();
    };
    let last = await stoppedAfter(SILENCE_MS);
    // A busy machine may come to nothing in that time.
    for (let ms = 2 * SILENCE_MS; last?.status !== 'deadline' && ms < 20 * SILENCE_MS; ms *= 2)
      last = await stoppedAfter(ms);
    expect(last).toMatchObject({ status: 'deadline', estimated: true });
    expect(last?.tokens.output).toBeGreaterThanOrEqual(output);
    expect(last?.tokens.output).toBeLessThan(output * 1.1 + 1);
  });

  test.each([
    ['o3', {}, 900],
    ['gpt-4o-mini', {}, 2],
    ['o3', { usage: { prompt_tokens: 9, completion_tokens: 20 } }, 20],
  ])(
    'a whole stream of %s that tells %j is paid for thoughts that no count tells of',
    async (model, told, output) => {
      let skewMs = 0;
      Object.assign(room.deps, { clock: { nowMs: () => Date.now() + skewMs } });
      await room.mint({ capNanoUsd: null });
      const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...told };
      upstream.script = stream(chunk('ok then'), `data: ${JSON.stringify(end)}\n\n`, DONE);
      const reply = await room.call({ model, stream: true, max_completion_tokens: 900 });
      skewMs = 40_000;
      await textOf(reply);
      expect(await room.last()).toMatchObject({ status: 'completed', tokens: { output } });
    },
  );

  test('the output that a provider counts stands where it does not say what came in', async () => {
    await room.mint();
    const delta = (type: string, rest: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
    upstream.script = stream(
      delta('message_start', { message: {} }),
      delta('content_block_delta', { delta: { type: 'text_delta', text: 'ok' } }),
      delta('message_delta', { delta: {}, usage: { output_tokens: 800 } }),
      delta('message_stop', {}),
    );
    await textOf(
      await room.call(
        { model: 'claude-sonnet-4-5', stream: true, max_tokens: 1_000 },
        { wire: 'anthropic-messages' },
      ),
    );
    const last = await room.last();
    expect(last).toMatchObject({ estimated: true, tokens: { output: 800 } });
    expect(last?.tokens.input).toBeGreaterThan(0);
  });

  test('a whole answer with an error beside its words and its count is paid by the count', async () => {
    await room.mint();
    const told = answer({ usage }).chunks?.join('') ?? '';
    const body = { ...JSON.parse(told), error: '' };
    upstream.script = { ...answer({}), chunks: [JSON.stringify(body)] };
    await room.call({ max_tokens: 50 });
    expect(await room.last()).toMatchObject({ costNanoUsd: costOf(9, 20), estimated: false });
  });

  test('an error before any token of a stream costs nothing, one after it pays for what came', async () => {
    await room.mint();
    const error = 'data: {"error":{"message":"overloaded"}}\n\n';
    upstream.script = stream(error, DONE);
    await textOf(await room.call({ stream: true, max_tokens: 50 }));
    expect(await room.state()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
    upstream.script = stream(chunk('half an answer'), error);
    await textOf(await room.call({ stream: true, max_tokens: 50 }));
    expect((await room.state()).spentNanoUsd).toBeGreaterThan(0);
  });

  test('a stream that cannot be read ends in an error of the dialect, settled', async () => {
    await room.mint();
    upstream.script = stream(chunk('fine'), 'data: {broken\n\n');
    const text = await textOf(await room.call({ stream: true, max_tokens: 50 }));
    expect(text).toContain('provider_stream_malformed');
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
  });

  test('a cost above its hold is settled in full, reported, and refuses the next call', async () => {
    await room.mint({ capNanoUsd: 50_000 });
    upstream.script = answer({ usage: { prompt_tokens: 9, completion_tokens: 1_000 } });
    await room.call({ max_tokens: 10 });
    expect(room.reports).toContain('cost above hold');
    expect((await room.state()).availableNanoUsd).toBeLessThan(0);
    expect(await failureOf(room.call({ max_tokens: 10 }))).toMatchObject({
      code: 'key_cap_exceeded',
      message: 'This key has reached its spend cap.',
    });
  });
});
