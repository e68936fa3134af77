import { describe, expect, test } from 'vitest';
import type { Wire } from '../../../lambdas/inference/wires/wire.ts';
import { sseCutter } from '../../../lambdas/inference/wires/frames/sse.ts';
import { PROVIDER_STREAMS } from '../../support/provider-streams.ts';
import { cutAt, readAnswer } from '../../support/wire-reader.ts';

const ASK = '{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}';

const callOf = (wire: Wire, wantsUsage: boolean) => ({
  ...wire.read(Buffer.from(ASK), 'application/json'),
  wantsUsage,
});

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

test('bytes after the last blank line are not lost, and an event without an end is refused', () => {
  const rest = 'data: {"choices":[]}\n\n: cut off he';
  const cutter = sseCutter((data) => data);
  const frames = cutAt(Buffer.from(rest), [9]).flatMap((piece) => cutter.push(piece));
  const bytes = [...frames, ...cutter.end()].map((frame) => Buffer.from(frame.bytes).toString());
  expect(bytes.join('')).toBe(rest);
  const endless = sseCutter((data) => data);
  expect(() => {
    for (const piece of cutAt(Buffer.alloc(9_000_000, 'x'), [1_000_000])) endless.push(piece);
  }).toThrow('8 MiB');
});

test('blanks alone, and a body behind blanks, come out byte for byte', async () => {
  for (const { wire } of PROVIDER_STREAMS.slice(0, 2))
    for (const whole of ['', '\n', ' \n\n ', '\uFEFF\n{"error":"no"}', '\n\ndata: [DONE]\n\n']) {
      const bytes = Buffer.from(whole);
      const each = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, index) => index + 1);
      expect((await readAnswer(wire, cutAt(bytes, each))).shown).toBe(whole);
    }
});
