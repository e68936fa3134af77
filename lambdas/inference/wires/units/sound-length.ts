import { adtsFrame, mpegFrame, type SoundFrame } from './mpeg-frames.ts';

/** 24,000 samples of two bytes: https://platform.openai.com/docs/guides/text-to-speech#supported-output-formats */
const PCM_BYTES_A_SECOND = 48_000;
const OPUS_HERTZ = 48_000;
const HEADER_BYTES = 8;

/** How long a provider's sound is, as it passes; null: its form does not say. */
export interface SoundLength {
  push(chunk: Uint8Array): void;
  seconds(): number | null;
}

export const soundLength = (form: string): SoundLength => {
  switch (form) {
    case 'pcm':
    case 'wav':
      return byBytes();
    case 'mp3':
      return byFrames(mpegFrame);
    case 'aac':
      return byFrames(adtsFrame);
    case 'opus':
      return byPages();
    default:
      return { push: () => undefined, seconds: () => null };
  }
};

const byBytes = (): SoundLength => {
  let bytes = 0;
  return {
    push: (chunk) => {
      bytes += chunk.length;
    },
    seconds: () => bytes / PCM_BYTES_A_SECOND,
  };
};

const byFrames = (frameAt: (bytes: Uint8Array, at: number) => SoundFrame | null): SoundLength => {
  let rest: Buffer = Buffer.alloc(0);
  let skipped = 0;
  let seconds = 0;
  return {
    push: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      let at = Math.min(skipped, rest.length);
      skipped -= at;
      while (at + HEADER_BYTES <= rest.length) {
        const frame = frameAt(rest, at);
        seconds += frame?.seconds ?? 0;
        at += frame?.bytes ?? 1;
      }
      skipped += Math.max(0, at - rest.length);
      rest = Buffer.from(rest.subarray(Math.min(at, rest.length)));
    },
    seconds: () => (seconds === 0 ? null : seconds),
  };
};

/** Each page of Ogg says how far the sound is at its end. RFC 3533, section 6; RFC 7845, section 4. */
const byPages = (): SoundLength => {
  const MARK = Buffer.from('OggS');
  const HEAD = 14;
  let rest: Buffer = Buffer.alloc(0);
  let samples = 0n;
  return {
    push: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let at = rest.indexOf(MARK); at !== -1 && at + HEAD <= rest.length;) {
        const told = rest.readBigInt64LE(at + 6);
        if (told > samples) samples = told;
        at = rest.indexOf(MARK, at + HEAD);
      }
      rest = Buffer.from(rest.subarray(Math.max(0, rest.length - HEAD)));
    },
    seconds: () => (samples === 0n ? null : Number(samples) / OPUS_HERTZ),
  };
};
