/** A frame of compressed sound: its bytes, how long it sounds, and what all frames of one file share. */
export interface SoundFrame {
  readonly bytes: number;
  readonly seconds: number;
  readonly kind: number;
}

const BITRATES_V1: readonly (readonly number[])[] = [
  [],
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
];
const BITRATES_V2: readonly (readonly number[])[] = [
  [],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
];
const RATES = [44_100, 48_000, 32_000];
const ADTS_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
  7_350,
];

/** The frame of MPEG audio, layers I to III, that begins here; null: none does. ISO 11172-3, 13818-3. */
export const mpegFrame = (bytes: Uint8Array, at: number): SoundFrame | null => {
  const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return null;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const rate = RATES[(third >> 2) & 3];
  if (version === 1 || layer === 0 || rate === undefined) return null;
  const isV1 = version === 3;
  const kilobits = (isV1 ? BITRATES_V1 : BITRATES_V2)[layer]?.[(third >> 4) - 1];
  if (kilobits === undefined) return null;
  const hertz = rate / (isV1 ? 1 : version === 2 ? 2 : 4);
  const samples = layer === 3 ? 384 : layer === 1 && !isV1 ? 576 : 1_152;
  const padding = (third >> 1) & 1;
  const bytesOf = Math.floor((samples / 8) * ((kilobits * 1_000) / hertz)) + padding;
  return { bytes: bytesOf, seconds: samples / hertz, kind: (second << 8) | (third & 0x0c) };
};

/** The frame of AAC in ADTS that begins here; null: none does. ISO 13818-7. */
export const adtsFrame = (bytes: Uint8Array, at: number): SoundFrame | null => {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(
    at,
    at + 6,
  );
  const hertz = ADTS_RATES[(third >> 2) & 15];
  if (first !== 0xff || (second & 0xf6) !== 0xf0 || hertz === undefined) return null;
  const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  return length < 7 ? null : { bytes: length, seconds: 1_024 / hertz, kind: second };
};

/** Bytes of the tag that may stand in front of the sound. https://id3.org/id3v2.4.0-structure */
export const tagBytes = (bytes: Uint8Array): number => {
  if (Buffer.from(bytes.subarray(0, 3)).toString('latin1') !== 'ID3') return 0;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
  return 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127);
};
