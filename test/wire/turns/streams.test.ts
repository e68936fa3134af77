import { describe, expect, test } from 'vitest';
import type { Wire } from '../../../lambdas/inference/wires/wire.ts';
import { sseFrames } from '../../../lambdas/inference/wires/frames/sse.ts';
import { PROVIDER_STREAMS } from '../../support/provider-streams.ts';
import { cutAt, readAnswer } from '../../support/wire-reader.ts';

const ASK = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';

const callOf = (wire: Wire, wantsUsage: boolean) => ({
  ...wire.read(Buffer.from(ASK), 'application/json'),
  wantsUsage,
});

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

describe.each(PROVIDER_STREAMS)('a stream of $name', ({ wire, frames, ...told }) => {
  const whole = frames.join('');
  const bytes = Buffer.from(whole);

  test('comes out byte for byte wherever it is cut: in a character, a data line, a line end', async () => {
    for (let place = 0; place <= bytes.length; place++)
      expect((await readAnswer(wire, cutAt(bytes, [place]))).shown).toBe(whole);
    const each = Array.from({ length: bytes.length }, (_, index) => index + 1);
    expect((await readAnswer(wire, cutAt(bytes, each))).shown).toBe(whole);
  });

  test('tells its usage, its words and how it ended', async () => {
    const { state, usage: read } = await readAnswer(wire, [bytes]);
    const { name: _name, usage, ...rest } = told;
    expect(state).toMatchObject(rest);
    if (usage === null) expect(read).toBeNull();
    else expect(read).toMatchObject(usage);
    expect(state.sawToken).toBe(told.text !== '');
  });
});

test('only the usage chunk is hidden from who did not ask for it', async () => {
  for (const { wire, frames, name } of PROVIDER_STREAMS.slice(0, 2)) {
    const { shown } = await readAnswer(wire, [Buffer.from(frames.join(''))], callOf(wire, false));
    const kept = frames.filter((frame) => !frame.includes('"choices":[]'));
    expect(kept, name).toHaveLength(frames.length - 1);
    expect(shown).toBe(kept.join(''));
  }
});

test('bytes after the last blank line are not lost, and an event without an end is refused', async () => {
  const rest = 'data: {"choices":[]}\n\n: cut off he';
  const frames = [];
  for await (const some of sseFrames(from(cutAt(Buffer.from(rest), [9])), (data) => data))
    for (const { bytes } of some) frames.push(Buffer.from(bytes).toString());
  expect(frames.join('')).toBe(rest);
  const endless = async () => {
    const source = from(cutAt(Buffer.alloc(9_000_000, 'x'), [1_000_000]));
    for await (const _frames of sseFrames(source, (data) => data)) continue;
  };
  await expect(endless()).rejects.toThrow('8 MiB');
});
