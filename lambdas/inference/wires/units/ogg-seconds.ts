const MARK = Buffer.from('OggS');
const HEAD_BYTES = 27;
const [CONTINUED, BEGINS] = [1, 2];
/** No packet of Opus is longer. RFC 6716, section 3.2. */
const OPUS_SECONDS_MAX = 0.12;
const OPUS_HERTZ = 48_000;
/** A page of no packet's end: -1. */
const NO_PLACE = -1n;

/** How long a packet of a stream sounds, and how many samples of its places make a second. */
interface Codec {
  readonly hertz: number;
  seconds(bytes: Buffer, from: number, to: number): number;
}

/**
 * The most seconds that a file in Ogg may sound: its packets by their own length, or what its pages say, whichever is
 * more. Every mark of a page counts, for a decoder continues at the next one wherever it is. null: a codec that is not known
 * here, or pages that overlap. RFC 3533, section 6.
 */
export const oggSeconds = (bytes: Buffer): number | null => {
  const codecs = new Map<number, Codec>();
  /** Streams whose last packet continues on the next page. */
  const open = new Set<number>();
  let packets = 0;
  let told = 0;
  let looked = 0;
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + MARK.length)) {
    const page = pageAt(bytes, at);
    if (page === null) continue;
    looked += page.sizes.length;
    if (looked > bytes.length) return null;
    const { serial, flags, place } = page;
    if ((flags & BEGINS) !== 0) {
      const codec = codecOf(bytes.subarray(page.body));
      if (codec === null) return null;
      codecs.set(serial, codec);
    }
    const codec = codecs.get(serial);
    if (codec === undefined) return null;
    const goesOn = (flags & CONTINUED) !== 0 && open.has(serial);
    packets += secondsOfPage(bytes, page, codec, goesOn);
    if (page.sizes.at(-1) === 255) open.add(serial);
    else open.delete(serial);
    if (place !== NO_PLACE) told = Math.max(told, Number(BigInt.asUintN(64, place)) / codec.hertz);
  }
  return Math.max(packets, told);
};

interface Page {
  readonly flags: number;
  readonly serial: number;
  /** Samples until the end of its last whole packet. */
  readonly place: bigint;
  /** Bytes of its segments: a packet ends with one of fewer than 255. */
  readonly sizes: Uint8Array;
  readonly body: number;
}

const pageAt = (bytes: Buffer, at: number): Page | null => {
  if (at + HEAD_BYTES > bytes.length) return null;
  const body = at + HEAD_BYTES + (bytes[at + 26] ?? 0);
  return {
    flags: bytes[at + 5] ?? 0,
    place: bytes.readBigInt64LE(at + 6),
    serial: bytes.readUInt32LE(at + 14),
    sizes: bytes.subarray(at + HEAD_BYTES, body),
    body,
  };
};

/** How long the packets of a page sound; `goesOn`: the first of them began on another one. */
const secondsOfPage = (
  bytes: Buffer,
  { sizes, body }: Page,
  codec: Codec,
  goesOn: boolean,
): number => {
  let seconds = 0;
  let isCounted = goesOn;
  let from = body;
  let to = body;
  for (const [index, size] of sizes.entries()) {
    to += size;
    if (size === 255 && index < sizes.length - 1) continue;
    if (!isCounted) seconds += codec.seconds(bytes, from, to);
    isCounted = false;
    from = to;
  }
  return seconds;
};

/** By the first packet of a stream. RFC 7845, section 5.1; https://xiph.org/vorbis/doc/Vorbis_I_spec.html, section 4.2.2 */
const codecOf = (first: Buffer): Codec | null => {
  const name = first.toString('latin1', 0, 8);
  if (name === 'OpusHead') return { hertz: OPUS_HERTZ, seconds: opusSeconds };
  if (!name.startsWith('\u0001vorbis') || first.length < 29) return null;
  const hertz = first.readUInt32LE(12);
  const samples = 2 ** ((first[28] ?? 0) >> 4) / 2;
  return hertz === 0 ? null : { hertz, seconds: () => samples / hertz };
};

/** By its first byte, and the second where that says how many frames there are. RFC 6716, section 3. */
const opusSeconds = (bytes: Buffer, from: number, to: number): number => {
  const first = from < to ? bytes[from] : undefined;
  if (first === undefined) return OPUS_SECONDS_MAX;
  const second = (from + 1 < to ? bytes[from + 1] : undefined) ?? 63;
  const code = first & 3;
  const frames = code === 0 ? 1 : code === 3 ? second & 63 : 2;
  return Math.min(OPUS_SECONDS_MAX, (frames * frameMs(first >> 3)) / 1_000);
};

const frameMs = (config: number): number => {
  if (config < 12) return [10, 20, 40, 60][config & 3] ?? 60;
  if (config < 16) return [10, 20][config & 1] ?? 20;
  return [2.5, 5, 10, 20][config & 3] ?? 20;
};
