import protobuf from 'protobufjs/light.js';
import { AppError } from '../../../shared/app-error.ts';
import { MESSAGES_MAX } from '../limits.ts';
import { ByteMemory, REMEMBERED_BYTES_MAX } from './byte-memory.ts';
import { OtlpReader, readId } from './otlp-reader.ts';
import { ID, otlpRoot, SIGNALS, type Signal } from './otlp-types.ts';

/** What protobufjs calls a decoder with, beyond what its types say: the end of a group, the depth, what to merge into. */
type Decode = (
  reader: protobuf.Reader | Uint8Array,
  length?: number,
  end?: number,
  depth?: number,
  into?: object,
) => protobuf.Message;

/** Stands where the bytes of a part could not be read. */
export const UNREADABLE = Object.freeze(new protobuf.Type('Unreadable').create({}));

/**
 * Reads the bytes of a request into the shape of OTLP's JSON; ids are `OtlpId`, 64-bit numbers `Long`. A record of a log is
 * `Unread`: it is read when somebody asks for it, so that nothing of it is left when the next one is. A record, an attribute
 * or a resource that cannot be read becomes `UNREADABLE` and costs itself alone.
 * Throws AppError: 400 when the envelope cannot be read, 413 for more messages than fit, then or when a record is read.
 */
export const decodeProtobuf = (signal: Signal, bytes: Uint8Array): object => {
  const decoder = (decoders[signal] ??= newDecoder(signal));
  // The library reads strings of a Buffer natively.
  return decoder(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
};

const decoders: Partial<Record<Signal, (bytes: Buffer) => object>> = {};

const newDecoder = (signal: Signal): ((bytes: Buffer) => object) => {
  const root = otlpRoot(signal, ID);
  const budget = { messages: 0 };
  const request = root.lookupType('Request');
  const guarded = new Set([
    SIGNALS[signal].type,
    'Resource_',
    'Resource',
    'Scope_',
    'Scope',
    'KeyValue',
    'AnyValue',
    'Event',
    'NumberPoint',
  ]);
  for (const type of root.nestedArray)
    if (type instanceof protobuf.Type) {
      const shape = SHAPES.get(type.name);
      if (shape !== undefined) type.ctor = shape;
      // Whoever asks the library for the JSON of a message makes it set up what is not: and that replaces a decoder.
      type.setup();
      if (type.name === ID) {
        type.decode = readId;
        continue;
      }
      clearDefaults(type);
      if (guarded.has(type.name)) contain(type, budget);
      else count(type, budget);
      if (type.name === 'KeyValue') remember(type, budget);
      if (type.name === LOG_RECORD) postpone(type, budget);
    }
  return (bytes) => {
    budget.messages = MESSAGES_MAX;
    const reader = new OtlpReader(bytes);
    reader.discardUnknown = true;
    try {
      return request.decode(reader);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError({
        code: 'invalid_otlp',
        publicMessage: `The body is no OTLP ${signal} request in protobuf.`,
        cause,
      });
    }
  };
};

/** A message whose members are there from the beginning is half as large as one that grows by them. */
class AnyValueShape extends protobuf.Message {
  stringValue: unknown = undefined;
  boolValue: unknown = undefined;
  intValue: unknown = undefined;
  doubleValue: unknown = undefined;
  arrayValue: unknown = undefined;
  kvlistValue: unknown = undefined;
  bytesValue: unknown = undefined;
}

class LogRecordShape extends protobuf.Message {
  timeUnixNano: unknown = undefined;
  severityNumber: unknown = undefined;
  severityText: unknown = undefined;
  body: unknown = undefined;
  attributes: unknown = undefined;
  traceId: unknown = undefined;
  spanId: unknown = undefined;
  observedTimeUnixNano: unknown = undefined;
  eventName: unknown = undefined;
}

const SHAPES: ReadonlyMap<string, typeof protobuf.Message> = new Map<
  string,
  typeof protobuf.Message
>([
  ['AnyValue', AnyValueShape],
  ['LogRecord', LogRecordShape],
]);

/** What a message does not have reads as undefined, as in JSON, not as the default of its type. */
const clearDefaults = (type: protobuf.Type): void => {
  for (const name of Object.keys(type.fields))
    Object.defineProperty(type.ctor.prototype, name, { value: undefined, writable: true });
};

/** One of these lives no longer than what is made of it; spans and metrics are fewer, and are looked at more than once. */
const LOG_RECORD = SIGNALS.logs.type;

type ReadRecord = (start: number, length: number) => object;

/** Where the bytes of a record are. */
export class Unread extends protobuf.Message {
  readonly #read: ReadRecord;
  readonly #start: number;
  readonly #length: number;

  constructor(read: ReadRecord, start: number, length: number) {
    super();
    this.#read = read;
    this.#start = start;
    this.#length = length;
  }

  read(): object {
    return this.#read(this.#start, this.#length);
  }
}

const postpone = (type: protobuf.Type, budget: Budget): void => {
  const decode: Decode = type.decode.bind(type);
  // One for all records of a request.
  let last: { readonly reader: protobuf.Reader; readonly read: ReadRecord } | null = null;
  const postponed: Decode = (reader, length = 0, end, depth) => {
    if (!(reader instanceof OtlpReader)) return decode(reader, length, end, depth);
    if (last?.reader !== reader)
      last = {
        reader,
        read: (start, bytes) => {
          reader.pos = start;
          // Its decoder counts it once more.
          budget.messages += 1;
          return decode(reader, bytes, end, depth);
        },
      };
    // Here too: what is not read yet takes memory as well.
    spend(budget);
    const start = reader.pos;
    reader.skip(length);
    return new Unread(last.read, start, length);
  };
  type.decode = postponed;
};

interface Budget {
  messages: number;
}

const spend = (budget: Budget, messages = 1): void => {
  budget.messages -= messages;
  if (budget.messages < 0)
    throw new AppError({
      code: 'body_too_large',
      publicMessage: `The body holds more than ${MESSAGES_MAX} records, attributes and values.`,
    });
};

const count = (type: protobuf.Type, budget: Budget): void => {
  const decode: Decode = type.decode.bind(type);
  const counted: Decode = (reader, length, end, depth, into) => {
    spend(budget);
    return decode(reader, length, end, depth, into);
  };
  type.decode = counted;
};

/** The library looks a nested type's decoder up at each call, so that this one is called for every record. */
const contain = (type: protobuf.Type, budget: Budget): void => {
  const decode: Decode = type.decode.bind(type);
  const contained: Decode = (reader, length, end, depth, into) => {
    spend(budget);
    if (!(reader instanceof protobuf.Reader) || length === undefined)
      return decode(reader, length, end, depth, into);
    const [stop, limit] = [reader.pos + length, reader.len];
    try {
      // A field that comes twice is merged into the first: never into what all of them share.
      return decode(reader, length, end, depth, into === UNREADABLE ? undefined : into);
    } catch (error) {
      // Longer than what holds it: then the holder is the one that cannot be read.
      if (error instanceof AppError || stop > limit) throw error;
      reader.pos = stop;
      reader.len = limit;
      return UNREADABLE;
    }
  };
  type.decode = contained;
};

interface Remembered {
  readonly message: protobuf.Message;
  /** What it takes of the budget. */
  readonly messages: number;
}

/** Attributes repeat from record to record. Nobody changes one that was read: members of a list are never merged. */
const remember = (type: protobuf.Type, budget: Budget): void => {
  const memory = new ByteMemory<Remembered>();
  const decode: Decode = type.decode.bind(type);
  const remembered: Decode = (reader, length = 0, end, depth, into) => {
    const isShort = length <= REMEMBERED_BYTES_MAX && reader instanceof OtlpReader;
    if (!isShort || reader.pos + length > reader.len)
      return decode(reader, length, end, depth, into);
    const { buf, pos } = reader;
    const slot = memory.slotOf(buf, pos, pos + length);
    const known = memory.get(slot, buf, pos, pos + length);
    if (known !== undefined) {
      spend(budget, known.messages);
      reader.pos += length;
      return known.message;
    }
    const left = budget.messages;
    const message = decode(reader, length, end, depth, into);
    if (message !== UNREADABLE)
      memory.set(slot, buf, pos, pos + length, { message, messages: left - budget.messages });
    return message;
  };
  type.decode = remembered;
};
