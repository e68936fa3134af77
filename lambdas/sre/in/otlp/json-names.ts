import { isMessage, type Message } from './values.ts';

/** So deep are values nested that anybody reads; what is below keeps its names. */
const DEPTH_MAX = 64;

/** Names that stand in nearly every body that is written so. In a text of a record they are escaped: `\"string_value\":`. */
const MARKS = ['_unix_nano":', 'string_value":', '"StringValue":'];

/** A sender writes all of its records by one kind of names: the first of them says by which. */
const MARKS_BYTES_MAX = 65_536;

/**
 * A body in OTLP's names, where its sender wrote those of protobuf's source (`resource_logs`, `time_unix_nano`) or of Go's
 * generated code (`{"Value":{"StringValue":"x"}}`). OTLP allows neither; but a sender that is answered 200 for them loses all that
 * it has, and does not know. Attributes keep their names: these are values.
 */
export const withOtlpNames = (bytes: Uint8Array, body: unknown): unknown => {
  if (!isMessage(body)) return body;
  const bytesRead = Math.min(bytes.byteLength, MARKS_BYTES_MAX);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytesRead);
  const isForeign =
    Object.keys(body).some((key) => ENVELOPE.test(key)) ||
    MARKS.some((mark) => text.includes(mark));
  return isForeign ? renamed(body, 0) : body;
};

const ENVELOPE = /^resource_(?:logs|spans|metrics)$/;

const renamed = (value: unknown, depth: number): unknown => {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, depth + 1));
  return isMessage(value) ? renamedMembers(value, depth) : value;
};

const renamedMembers = (message: Message, depth: number): Message =>
  Object.fromEntries(
    Object.entries(message).flatMap(([key, value]) => {
      // Go wraps the one that is set of several: its name begins with a capital, and says nothing.
      const isWrapped = (key === 'Value' || key === 'Data') && isMessage(value);
      if (isWrapped) return Object.entries(renamedMembers(value, depth + 1));
      return [[camelCased(key), renamed(value, depth + 1)] as const];
    }),
  );

const camelCased = (key: string): string =>
  (key.charAt(0).toLowerCase() + key.slice(1)).replaceAll(/_([a-z\d])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
