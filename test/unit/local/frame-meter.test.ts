import { expect, test } from 'vitest';
import { FrameMeter } from '../../../local/sockets/frame-meter.ts';

test('frames are followed however the bytes are cut', () => {
  const frame = (length: number): Buffer => {
    const header = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from(header), Buffer.alloc(4 + length, 0xff)]);
  };
  const good = Buffer.concat([frame(0), frame(125), frame(126), frame(1_000)]);
  for (const cut of [1, 2, 3, 7, 127, good.length]) {
    const meter = new FrameMeter(1_000);
    for (let at = 0; at < good.length; at += cut)
      expect(meter.passes(good.subarray(at, at + cut))).toBe(false);
    expect(meter.passes(frame(1_001))).toBe(true);
  }
  const huge = Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0]);
  expect(new FrameMeter(1_000).passes(huge)).toBe(true);
});
