import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { secondsBound } from '../../../lambdas/inference/wires/units/sound-bound.ts';
import { oggPage, opusHead, opusSound } from '../../support/sounds.ts';

const fixture = (name: string): Buffer => readFileSync(`test/fixtures/sounds/${name}`);
/** The head of a stream takes a packet or two. */
const HEAD_SECONDS = 0.3;

describe('how long a file in Ogg may sound', () => {
  test.each([1, 7, 300])('is the sum of its packets: %d seconds', (seconds) => {
    const bound = secondsBound(opusSound(seconds)) ?? 0;
    expect(bound).toBeGreaterThanOrEqual(seconds);
    expect(bound).toBeLessThan(seconds + HEAD_SECONDS);
  });

  test.each([
    ['opus-1s.ogg', 1],
    ['opus-16k-2s.ogg', 2],
    ['vorbis-1s.ogg', 1],
    ['vorbis-16k-2s.ogg', 2],
  ])('is near what libsndfile wrote: %s', (name, seconds) => {
    const bound = secondsBound(fixture(name)) ?? 0;
    expect(bound).toBeGreaterThanOrEqual(seconds);
    expect(bound).toBeLessThan(seconds + HEAD_SECONDS);
  });

  test('is what its pages say where that is more, and no less than its packets where it is less', () => {
    expect(secondsBound(opusSound(2, { says: 600 }))).toBe(600);
    expect(secondsBound(opusSound(60, { says: 1 }))).toBeGreaterThanOrEqual(60);
    expect(secondsBound(opusSound(60, { says: 0 }))).toBeGreaterThanOrEqual(60);
  });

  test.each([
    [0x08, 1, 0.02],
    [0x18, 1, 0.06],
    [0x19, 1, 0.12],
    [0xe0, 1, 0.0025],
    [0xe1, 1, 0.005],
    [0xff, 6, 0.12],
    [0xfb, 5, 0.1],
    [0xfb, 63, 0.12],
  ])('counts the frames of a packet that begins with %d, %d', (first, second, seconds) => {
    const of = (count: number): number =>
      secondsBound(
        Buffer.concat([
          opusHead(),
          oggPage(Array.from({ length: count }, () => Buffer.from([first, second]))),
        ]),
      ) ?? 0;
    expect(of(101) - of(1)).toBeCloseTo(100 * seconds);
  });

  test('counts packets of nothing as the longest, and those that a page goes on with once', () => {
    const silent = Buffer.concat([
      opusHead(),
      oggPage(Array.from({ length: 200 }, () => Buffer.alloc(0))),
    ]);
    expect(secondsBound(silent)).toBeGreaterThanOrEqual(200 * 0.12);
    // A first page that ends in the middle of a packet: its last segment is of 255 bytes.
    const half = oggPage([Buffer.alloc(255, 0xf8)]);
    const open = Buffer.concat([half.subarray(0, 28), half.subarray(29)]);
    open[26] = 1;
    const rest = oggPage([Buffer.alloc(9)], { flags: 1 });
    const whole = secondsBound(Buffer.concat([opusHead(), open, rest])) ?? 0;
    const alone = secondsBound(Buffer.concat([opusHead(), open])) ?? 0;
    expect(whole).toBe(alone);
    // Who says that a packet goes on that has not begun is not believed.
    const liar = secondsBound(Buffer.concat([opusHead(), rest])) ?? 0;
    expect(liar).toBeGreaterThan(secondsBound(opusHead()) ?? 0);
  });

  test('counts pages behind bytes of anything, and those of a second stream', () => {
    const [head, sound] = [opusHead(), opusSound(5).subarray(opusHead().length)];
    const behind = Buffer.concat([head, Buffer.alloc(999), sound, Buffer.from('xx'), sound]);
    expect(secondsBound(behind)).toBeGreaterThanOrEqual(10);
    const second = Buffer.concat([
      opusSound(5),
      opusHead(2),
      oggPage(
        Array.from({ length: 50 }, () => Buffer.from([0xf8])),
        { serial: 2 },
      ),
    ]);
    expect(secondsBound(second)).toBeGreaterThanOrEqual(6);
  });

  test.each([
    ['another codec', oggPage([Buffer.from('Speex   1.2')], { flags: 2 })],
    ['a stream that did not begin', oggPage([Buffer.from([0xf8])])],
    ['marks over marks', Buffer.concat([opusHead(), Buffer.alloc(90_000, 'OggS')])],
    ['a year', opusSound(1, { says: 31_536_000 })],
    ['a place below nothing', Buffer.concat([opusHead(), oggPage([], { samples: -5n })])],
    [
      'a vorbis of no rate',
      oggPage([Buffer.from(`\u0001vorbis${'\0'.repeat(30)}`, 'latin1')], { flags: 2 }),
    ],
  ])('is not known of %s', (_, file) => {
    expect(secondsBound(file)).toBeNull();
  });

  test('is that of what is there, wherever it is cut', () => {
    const whole = opusSound(3);
    for (let length = 0; length <= whole.length; length += 7) {
      // A packet that is not there any more may have been of any length.
      const bound = secondsBound(whole.subarray(0, length)) ?? 0;
      expect(bound).toBeLessThan((length / whole.length) * 3 + 50 * 0.12 + HEAD_SECONDS);
    }
  });
});
