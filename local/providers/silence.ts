/** Sound or events, where an answer is no JSON. */
export interface Bytes {
  readonly type: string;
  readonly bytes: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A frame of MPEG 1, layer III, at 128 kbit/s and 44,100 Hz that decodes to silence. */
const MP3_FRAME = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0xc0]), Buffer.alloc(413)]);
const MP3_FRAMES_A_SECOND = 44_100 / 1_152;
const HERTZ = 24_000;
const BYTES_A_SECOND = HERTZ * 2;

/** Sound of nothing in the form that was asked for. */
export const silence = (form: 'mp3' | 'wav' | 'pcm', seconds: number): Bytes => {
  if (form === 'mp3') {
    const frames = Math.max(1, Math.ceil(seconds * MP3_FRAMES_A_SECOND));
    return {
      type: 'audio/mpeg',
      bytes: Buffer.concat(Array.from({ length: frames }, () => MP3_FRAME)),
    };
  }
  const samples = Buffer.alloc(2 * Math.ceil(seconds * HERTZ));
  return form === 'pcm'
    ? { type: 'audio/pcm', bytes: samples }
    : { type: 'audio/wav', bytes: Buffer.concat([waveHead(samples.length), samples]) };
};

/** http://soundfile.sapp.org/doc/WaveFormat/ */
const waveHead = (bytes: number): Buffer => {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(HERTZ, 24);
  head.writeUInt32LE(BYTES_A_SECOND, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(bytes, 40);
  return head;
};
