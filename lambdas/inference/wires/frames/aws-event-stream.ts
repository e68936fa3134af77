import { EventStreamCodec } from '@smithy/core/event-streams';
import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import type { Frame } from '../wire.ts';

const LENGTH_BYTES = 4;
/** A prelude, its checksum and the message's. */
const MESSAGE_BYTES_MIN = 16;
const MESSAGE_BYTES_MAX = 16_777_216;

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8Text(bytes)),
  (text) => Buffer.from(text),
);

/** A message: the values of its headers that are texts, and its payload. */
export interface EventMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

/** Is an answer of this content type a stream of such messages? */
export const isEventStream = (type: string): boolean =>
  type.startsWith('application/vnd.amazon.eventstream');

/**
 * The messages of an answer, wherever its chunks break; what is left at the end is a frame that says nothing. A message whose
 * checksums are wrong is one that `read` gets as null. Format:
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export async function* eventMessages<F>(
  answer: AsyncIterable<Uint8Array>,
  read: (message: EventMessage | null, cause: unknown) => F,
): AsyncGenerator<readonly Frame<F>[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of answer) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const frames: Frame<F>[] = [];
    for (let length = lengthOf(rest); length !== null && length <= rest.length;) {
      frames.push(frameOf(rest.subarray(0, length), read));
      rest = rest.subarray(length);
      length = lengthOf(rest);
    }
    if (frames.length > 0) yield frames;
  }
  if (rest.length > 0) yield [{ bytes: rest, value: null, isRest: true }];
}

/** null: it has not come yet. */
const lengthOf = (bytes: Buffer): number | null => {
  if (bytes.length < LENGTH_BYTES) return null;
  const length = bytes.readUInt32BE(0);
  if (length >= MESSAGE_BYTES_MIN && length <= MESSAGE_BYTES_MAX) return length;
  throw new AppError({
    code: 'provider_stream_malformed',
    publicMessage: 'The provider sent an event that cannot be read.',
    internal: `length ${length}`,
  });
};

const frameOf = <F>(
  bytes: Buffer,
  read: (message: EventMessage | null, cause: unknown) => F,
): Frame<F> => {
  try {
    const { headers, body } = codec.decode(bytes);
    const texts = Object.entries(headers).flatMap(([name, { type, value }]) =>
      type === 'string' ? [[name, value] as const] : [],
    );
    const message = { headers: Object.fromEntries(texts), payload: utf8Text(body) };
    return { bytes, value: read(message, null) };
  } catch (cause) {
    return { bytes, value: read(null, cause) };
  }
};
