import { describe, expect, test } from 'vitest';
import { METER_START, type MeterState, type Wire } from '../../../lambdas/inference/wires/wire.ts';
import { sseFrames } from '../../../lambdas/inference/wires/frames/sse.ts';
import { PROVIDER_STREAMS } from '../../support/provider-streams.ts';

const ASK = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';

async function* cutAt(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(from, place);
    from = place;
  }
}

const read = async (wire: Wire, source: AsyncIterable<Uint8Array>, wantsUsage: boolean) => {
  let state: MeterState = METER_START;
  const call = { ...wire.read(Buffer.from(ASK), 'application/json'), wantsUsage };
  const shown: Uint8Array[] = [];
  for await (const frames of wire.frames(source))
    for (const frame of frames) {
      state = wire.meter(state, frame);
      if (wire.isShown(call, frame)) shown.push(frame.bytes);
    }
  return { state, bytes: Buffer.concat(shown).toString('utf8') };
};

describe.each(PROVIDER_STREAMS)('a stream of $name', ({ wire, frames, ...told }) => {
  const whole = frames.join('');
  const bytes = Buffer.from(whole);

  test('comes out byte for byte wherever it is cut: in a character, a data line, a line end', async () => {
    for (let place = 0; place <= bytes.length; place++)
      expect((await read(wire, cutAt(bytes, [place]), true)).bytes).toBe(whole);
    const each = Array.from({ length: bytes.length }, (_, index) => index);
    expect((await read(wire, cutAt(bytes, each), true)).bytes).toBe(whole);
  });

  test('tells its usage, its words and how it ended', async () => {
    const { state } = await read(wire, cutAt(bytes, []), true);
    const { name: _name, usage, ...rest } = told;
    expect(state).toMatchObject(rest);
    if (usage === null) expect(state.usage).toBeNull();
    else expect(state.usage).toMatchObject(usage);
    expect(state.sawToken).toBe(told.text !== '');
  });
});

test('only the usage chunk is hidden from who did not ask for it', async () => {
  for (const { wire, frames, name } of PROVIDER_STREAMS.slice(0, 2)) {
    const { bytes } = await read(wire, cutAt(Buffer.from(frames.join('')), []), false);
    const kept = frames.filter((frame) => !frame.includes('"choices":[]'));
    expect(kept, name).toHaveLength(frames.length - 1);
    expect(bytes).toBe(kept.join(''));
  }
});

test('bytes after the last blank line are not lost, and an event without an end is refused', async () => {
  const rest = 'data: {"choices":[]}\n\n: cut off he';
  const frames = [];
  for await (const some of sseFrames(cutAt(Buffer.from(rest), [9]), (data) => data))
    for (const { bytes } of some) frames.push(Buffer.from(bytes).toString());
  expect(frames.join('')).toBe(rest);
  const endless = async () => {
    const source = cutAt(Buffer.alloc(9_000_000, 'x'), [1_000_000]);
    for await (const _frames of sseFrames(source, (data) => data)) continue;
  };
  await expect(endless()).rejects.toThrow('8 MiB');
});
