import { beforeAll, describe, expect, test } from 'vitest';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import type { Wire } from '../../../lambdas/inference/wires/wire.ts';
import { bytewise, settles } from '../../support/settle-equality.ts';
import { settleRoom, type ProviderAnswer } from '../../support/settle-room.ts';
import { cutAt, readAnswer } from '../../support/wire-reader.ts';

const MINI = 'gpt-4o-mini';
const SONNET = 'claude-sonnet-4-6';
const chat = (content: string, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const COUNTED = { choices: [], usage: { prompt_tokens: 100, completion_tokens: 20 } };
const CHAT = [chat('alpha '), chat('beta'), chat('', 'stop'), COUNTED];
const MESSAGES = [
  {
    type: 'message_start',
    message: { model: SONNET, usage: { input_tokens: 100, output_tokens: 1 } },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'alpha beta' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 20 } },
  { type: 'message_stop' },
];
const linesOf = (chunks: readonly object[], end = '\n') =>
  chunks.map((chunk) => `${JSON.stringify(chunk)}${end}`).join('');
const WIRES = [
  ['openai-chat', MINI, openaiChat, CHAT, 27_000],
  ['anthropic-messages', SONNET, anthropicMessages, MESSAGES, 600_000],
] as const satisfies readonly (readonly [WireName, string, Wire, readonly object[], number])[];

let room: Awaited<ReturnType<typeof settleRoom>>;
beforeAll(async () => void (room = await settleRoom()));

describe.each(WIRES)(
  'a streamed call of %s that is answered by lines of JSON',
  (name, model, wire, chunks, cost) => {
    const text = linesOf(chunks);
    const answerOf = (said: string, type: string): ProviderAnswer => ({
      type,
      pieces: [Buffer.from(said)],
    });

    test.each([
      'application/x-ndjson',
      'application/jsonl',
      'text/event-stream',
      'application/json',
      'text/plain',
    ])('costs the same on every route, its bytes pass and its words are kept: %s', async (type) => {
      const answer = answerOf(text, type);
      for (const sent of [answer, bytewise(answer)])
        expect(await settles(room, name, model, sent)).toMatchObject({
          costNanoUsd: cost,
          estimated: false,
          status: 'completed',
        });
      const turn = await room.turn('a thread', model, answer);
      expect(turn.said).toContain('alpha');
      expect(turn.said).toContain('beta');
      expect((await room.call(name, turn.body, answer)).said).toBe(text);
    });

    test('is one whose words are kept when it ends between two of them, with an error at its end', async () => {
      const answer = answerOf(linesOf(chunks.slice(0, -2)), 'application/x-ndjson');
      const { settled, said, body } = await room.turn('a thread', model, answer);
      expect(said).toContain('alpha');
      const call = await room.call(name, body, answer);
      expect(call.settled).toEqual(settled);
      for (const line of call.said.trim().split('\n'))
        expect(() => {
          JSON.parse(line);
        }).not.toThrow();
    });

    test.each([
      ['each with its line end', text],
      ['with CR LF, blank lines and blanks in front', `\n ${linesOf(chunks, '\r\n\n')}`],
      ['without the last line end', text.trimEnd()],
      ['cut in the last line', text.slice(0, -9)],
      ['of one line', linesOf(chunks.slice(0, 1))],
      ['of a body over several lines', JSON.stringify({ choices: [], content: [] }, null, 2)],
    ])('comes out byte for byte wherever it is cut: %s', async (_, said) => {
      const bytes = Buffer.from(said);
      const read = await readAnswer(wire, [bytes]);
      for (let place = 0; place <= bytes.length; place++) {
        const cut = await readAnswer(wire, cutAt(bytes, [place]));
        expect(cut.shown).toBe(said);
        expect(cut.usage).toEqual(read.usage);
        expect(cut.state.text).toBe(read.state.text);
      }
    });
  },
);
