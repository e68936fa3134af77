/** Sound of nothing: 8,000 samples a second of two bytes, as long as asked. */
export const silentWave = (seconds: number, { saysSeconds = seconds } = {}): Buffer => {
  const data = Buffer.alloc(Math.round(seconds * 16_000));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + saysSeconds * 16_000, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(saysSeconds * 16_000, 40);
  return Buffer.concat([head, data]);
};

/** A second of MP3 at 44,100 Hz has 38.28 frames, each of 417 bytes at 128 kbit/s. */
const FRAME = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0xc0]), Buffer.alloc(413)]);
export const silentMp3 = (seconds: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.round((seconds * 44_100) / 1_152) }, () => FRAME));
