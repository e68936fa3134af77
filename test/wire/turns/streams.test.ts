import { describe, expect, test } from 'vitest';
import {
  STREAM_START,
  type CallFormat,
  type StreamState,
} from '../../../lambdas/inference/wires/wire.ts';
import { sseFrames } from '../../../lambdas/inference/wires/frames/sse.ts';
import { PROVIDER_STREAMS } from '../../support/provider-streams.ts';

async function* cutAt(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
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

describe.each(PROVIDER_STREAMS)('a stream of $name', ({ format, frames, ...told }) => {
  const whole = frames.join('');
  const bytes = Buffer.from(whole);

  test('comes out byte for byte wherever it is cut: in a character, a data line, a line end', async () => {
    for (let place = 0; place <= bytes.length; place++)
      expect((await read(format, cutAt(bytes, [place]), true)).bytes).toBe(whole);
    const each = Array.from({ length: bytes.length }, (_, index) => index);
    expect((await read(format, cutAt(bytes, each), true)).bytes).toBe(whole);
  });

  test('tells its usage, its words and how it ended', async () => {
    const { state } = await read(format, cutAt(bytes, []), true);
    const { name: _name, usage, ...rest } = told;
    expect(state).toMatchObject(rest);
    if (usage === null) expect(state.usage).toBeNull();
    else expect(state.usage).toMatchObject(usage);
    expect(state.sawToken).toBe(told.text !== '');
  });
});

test('only the usage chunk is hidden from who did not ask for it', async () => {
  for (const { format, frames, name } of PROVIDER_STREAMS.slice(0, 2)) {
    const { bytes } = await read(format, cutAt(Buffer.from(frames.join('')), []), false);
    const kept = frames.filter((frame) => !frame.includes('"choices":[]'));
    expect(kept, name).toHaveLength(frames.length - 1);
    expect(bytes).toBe(kept.join(''));
  }
});

test('bytes after the last blank line are not lost, and an event without an end is refused', async () => {
  const rest = 'data: {"choices":[]}\n\n: cut off he';
  const frames = [];
  for await (const frame of sseFrames(cutAt(Buffer.from(rest), [9])))
    frames.push(Buffer.from(frame.bytes).toString());
  expect(frames.join('')).toBe(rest);
  const endless = async () => {
    for await (const _frame of sseFrames(cutAt(Buffer.alloc(9_000_000, 'x'), [1_000_000])))
      continue;
  };
  await expect(endless()).rejects.toThrow('8 MiB');
});
