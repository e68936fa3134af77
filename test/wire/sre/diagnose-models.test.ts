import { EventStreamCodec } from '@smithy/core/event-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import {
  startScriptedUpstream,
  type Script,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.ts';
import { GOOD, says } from '../../support/sre/diagnosis-answers.ts';
import { diagnosisRoom } from '../../support/sre/diagnosis-room.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
afterAll(() => upstream.stop());

const SAID = JSON.stringify(GOOD);
const named = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const anthropic: Script = {
  chunks: [
    named('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 900, output_tokens: 1 },
      },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: SAID } }),
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 80 },
    }),
    named('message_stop', {}),
  ],
};
const gemini: Script = {
  chunks: [
    `data: ${JSON.stringify({
      candidates: [
        { content: { role: 'model', parts: [{ text: SAID }] }, finishReason: 'STOP', index: 0 },
      ],
      usageMetadata: { promptTokenCount: 900, candidatesTokenCount: 80, totalTokenCount: 980 },
    })}\r\n\r\n`,
  ],
};

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8Text(bytes)),
  (text) => Buffer.from(text),
);
const header = (value: string) => ({ type: 'string', value }) as const;
const event = (type: string, payload: object): Uint8Array =>
  codec.encode({
    headers: {
      ':message-type': header('event'),
      ':event-type': header(type),
      ':content-type': header('application/json'),
    },
    body: Buffer.from(JSON.stringify(payload)),
  });
const bedrock: Script = {
  type: 'application/vnd.amazon.eventstream',
  chunks: [
    event('messageStart', { role: 'assistant' }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: SAID } }),
    event('contentBlockStop', { contentBlockIndex: 0 }),
    event('messageStop', { stopReason: 'end_turn' }),
    event('metadata', {
      usage: { inputTokens: 900, outputTokens: 80, totalTokens: 980 },
      metrics: { latencyMs: 7 },
    }),
  ],
};

test.each([
  ['gpt-4o-mini', says(SAID), /chat\/completions/],
  ['claude-sonnet-4-5', anthropic, /messages/],
  ['gemini-2.5-flash', gemini, /gemini-2\.5-flash:streamGenerateContent/],
  ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', bedrock, /converse-stream/],
  ['ollama/llama3', says(SAID), /chat\/completions/],
] as const)(
  'an incident is diagnosed by %s on the wire of its provider',
  async (model, script, path) => {
    const capNanoUsd = model.startsWith('ollama') ? null : 1_000_000_000;
    const room = await diagnosisRoom(upstream.url, { settings: { model, capNanoUsd } });
    upstream.script = script;
    await room.diagnose();
    const { diagnosis } = await room.incident();
    expect(diagnosis).toMatchObject({
      model,
      outcome: {
        kind: 'given',
        confidence: 'medium',
        summary: GOOD.summary,
        rootCause: GOOD.root_cause,
        droppedClaims: 0,
      },
    });
    expect(upstream.requests.at(-1)?.path).toMatch(path);
  },
);
