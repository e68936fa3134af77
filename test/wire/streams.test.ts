import { describe, expect, test } from 'vitest';
import {
  STREAM_START,
  type CallFormat,
  type StreamState,
} from '../../lambdas/inference/domain/call.ts';
import { anthropicCall } from '../../lambdas/inference/formats/anthropic-call.ts';
import { openaiCall } from '../../lambdas/inference/formats/openai-call.ts';
import { sseFrames } from '../../lambdas/shared/sse.ts';

const OPENAI = [
  ': a comment\n\n',
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße "}}],"usage":null}\n\n',
  'data: {"choices":[{"index":0,"delta":{"content":"🙂"}}]}\r\n\r\n',
  'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}}\n\n',
  'data: [DONE]\n\n',
];
const ANTHROPIC = [
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":9,"cache_read_input_tokens":3,"output_tokens":1}}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"日本語"}}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];

async function* cutAt(bytes: Uint8Array, ...places: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(from, place);
    from = place;
  }
}

const read = async (format: CallFormat, source: AsyncIterable<Uint8Array>, wantsUsage: boolean) => {
  let state: StreamState = STREAM_START;
  const shown: Uint8Array[] = [];
  for await (const frame of sseFrames(source)) {
    let isShown = true;
    if (frame.data !== null)
      ({ state, isShown } = format.step(state, frame.event, frame.data, wantsUsage));
    if (isShown) shown.push(frame.bytes);
  }
  return { state, bytes: Buffer.concat(shown).toString('utf8') };
};

describe.each([
  {
    name: 'OpenAI',
    format: openaiCall,
    frames: OPENAI,
    text: 'Grüße 🙂',
    usage: { input: 8, cacheRead: 4, output: 5 },
  },
  {
    name: 'Anthropic',
    format: anthropicCall,
    frames: ANTHROPIC,
    text: '日本語',
    usage: { input: 9, cacheRead: 3, output: 7 },
  },
])('a recorded $name stream', ({ format, frames, text, usage }) => {
  const whole = frames.join('');
  const bytes = Buffer.from(whole);

  test('comes out byte for byte, wherever its bytes are cut', async () => {
    for (let place = 0; place <= bytes.length; place++) {
      const { state, bytes: out } = await read(format, cutAt(bytes, place), true);
      expect(out).toBe(whole);
      expect(state).toMatchObject({ text, usage, ended: true, sawToken: true });
    }
    const each = Array.from({ length: bytes.length }, (_, index) => index);
    expect((await read(format, cutAt(bytes, ...each), true)).bytes).toBe(whole);
  });
});

test('only the usage chunk is hidden from who did not ask for it', async () => {
  const { bytes } = await read(openaiCall, cutAt(Buffer.from(OPENAI.join(''))), false);
  expect(bytes).toBe(OPENAI.filter((frame) => !frame.includes('prompt_tokens')).join(''));
});
