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

/** A page of Ogg, its checksum left out, as decoders do that look for none. RFC 3533, section 6. */
export const oggPage = (
  packets: readonly Uint8Array[],
  { flags = 0, samples = 0n, serial = 1 } = {},
): Buffer => {
  const sizes = packets.flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ]);
  const head = Buffer.alloc(27);
  head.write('OggS', 0, 'latin1');
  head[5] = flags;
  head.writeBigInt64LE(samples, 6);
  head.writeUInt32LE(serial, 14);
  head[26] = sizes.length;
  return Buffer.concat([head, Buffer.from(sizes), ...packets]);
};

/** The page that a stream of Opus begins with. RFC 7845, section 5.1 */
export const opusHead = (serial = 1): Buffer =>
  oggPage(
    [
      Buffer.from(
        'OpusHead\u0001\u0001\u0038\u0001\u0080\u00bb\u0000\u0000\u0000\u0000\u0000',
        'latin1',
      ),
    ],
    {
      flags: 2,
      serial,
    },
  );

/** Opus in Ogg: pages of a second, each of 50 packets of 20 ms. `says`: the seconds that its pages name. */
export const opusSound = (seconds: number, { says = seconds } = {}): Buffer =>
  Buffer.concat([
    opusHead(),
    ...Array.from({ length: seconds }, (_, index) =>
      oggPage(
        Array.from({ length: 50 }, () => Buffer.from([0xf8, 0xff, 0xfe])),
        { samples: BigInt(Math.round(((index + 1) * says * 48_000) / seconds)) },
      ),
    ),
  ]);
