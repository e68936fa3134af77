import { mpegFrame, tagBytes } from './mpeg-frames.ts';
import { oggSeconds } from './ogg-seconds.ts';

/** The fewest bytes a second that a frame of MPEG audio may have: 8 kbit/s. */
const MPEG_BYTES_MIN = 1_000;
const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];
/** Eleven days: what sounds longer than any file that is sent here has no bound that is worth a hold. */
const SECONDS_MAX = 1_000_000;

/**
 * The most seconds that a file may sound, whatever its headers say: its sender may be hostile, and its provider decodes
 * what is there. null: nothing bounds it here.
 */
export const secondsBound = (file: Uint8Array): number | null => {
  const seconds = secondsOf(file);
  return seconds === null || seconds > SECONDS_MAX ? null : seconds;
};

const secondsOf = (file: Uint8Array): number | null => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (/^RIFF[\s\S]{4}WAVE$/.test(bytes.toString('latin1', 0, 12))) return waveSeconds(bytes);
  if (bytes.toString('latin1', 0, 4) === 'OggS') return oggSeconds(bytes);
  const start = tagBytes(bytes);
  return mpegFrame(bytes, start) === null ? null : mpegSeconds(bytes, start);
};

/** All bytes as sound of the format that the header names; the length that it names is not looked at. */
const waveSeconds = (bytes: Buffer): number | null => {
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'fmt ' && at + 24 <= bytes.length)
      return pcmSeconds(bytes, at + 8);
    at += 8 + size + (size % 2);
  }
  return null;
};

const pcmSeconds = (bytes: Buffer, at: number): number | null => {
  const format = bytes.readUInt16LE(at);
  const isExtensible = format === EXTENSIBLE && at + 26 <= bytes.length;
  const coding = isExtensible ? bytes.readUInt16LE(at + 24) : format;
  if (coding !== PCM && coding !== FLOAT) return null;
  const channels = bytes.readUInt16LE(at + 2);
  const bits = bytes.readUInt16LE(at + 14);
  const bytesASecond = bytes.readUInt32LE(at + 4) * channels * Math.floor(bits / 8);
  return bytesASecond === 0 ? null : bytes.length / bytesASecond;
};

/** Frames of the first one's kind by their own length; every other byte as sound at the lowest rate there is. */
const mpegSeconds = (bytes: Buffer, start: number): number => {
  const kind = mpegFrame(bytes, start)?.kind;
  let seconds = 0;
  let others = 0;
  for (let at = start; at < bytes.length;) {
    const frame = mpegFrame(bytes, at);
    if (frame?.kind === kind && frame !== null && at + frame.bytes <= bytes.length) {
      seconds += frame.seconds;
      at += frame.bytes;
    } else {
      others += 1;
      at += 1;
    }
  }
  return seconds + others / MPEG_BYTES_MIN;
};
