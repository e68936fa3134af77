import { anyValueOf, attributesOf, isMessage, type Message } from '../otlp/values.ts';
import { plainOf } from './flatten.ts';
import { membersOf, messageIn, textOfBytes } from './message.ts';
import { containerHead } from './wrapped.ts';

/** A piece of a line that a container's runtime cut, or the last one, by the runtime's own mark. */
interface Piece {
  readonly text: string;
  readonly isLast: boolean;
  /** What its record says beside it. */
  readonly others: Message;
  readonly withText: (text: string) => Message;
}

interface Line {
  readonly first: Message;
  readonly last: Piece;
  readonly text: string;
}

/**
 * Joins the pieces of one sender's lines before anything is looked for in them: a secret that is cut in two is found in
 * neither. Runtimes cut at 8 or 16 KiB and mark it: `P` and `F` of containerd and CRI-O, Docker's missing newline, and
 * `partial_message` of its drivers, as FireLens passes it on. A line is its last piece's record with the time of its first.
 */
export class Pieces {
  readonly #lines = new Map<string, Line>();

  /** The whole record; null: the rest of its line is yet to come. */
  take(message: Message): Message | null {
    const isAwaited = this.#lines.size > 0;
    const piece = pieceOf(message, isAwaited);
    if (piece === null || (piece.isLast && !isAwaited)) return message;
    const stream = streamOf(piece.others);
    const begun = this.#lines.get(stream);
    if (begun === undefined && piece.isLast) return message;
    const line = {
      first: begun?.first ?? message,
      last: piece,
      text: (begun?.text ?? '') + piece.text,
    };
    if (!piece.isLast) {
      this.#lines.set(stream, line);
      return null;
    }
    this.#lines.delete(stream);
    return recordOf(line);
  }

  /** Lines whose rest did not come. */
  letGo(): readonly Message[] {
    if (this.#lines.size === 0) return NONE;
    const records = [...this.#lines.values()].map(recordOf);
    this.#lines.clear();
    return records;
  }
}

const NONE: readonly Message[] = [];

const recordOf = ({ first, last, text }: Line): Message => ({
  ...last.withText(text),
  timeUnixNano: first['timeUnixNano'],
  observedTimeUnixNano: first['observedTimeUnixNano'],
});

/** `isAwaited`: a last piece may be one; else it is as good as a whole line. */
const pieceOf = (message: Message, isAwaited: boolean): Piece | null => {
  const sent = message['body'];
  const text = isMessage(sent) ? (sent['stringValue'] ?? textOfBytes(sent['bytesValue'])) : sent;
  if (typeof text !== 'string') return markedPiece(message);
  return (
    criPiece(message, text) ?? dockerPiece(message, text, isAwaited) ?? markedPiece(message, text)
  );
};

const criPiece = (message: Message, text: string): Piece | null => {
  const found = containerHead(text);
  if (found === null) return null;
  const { head, stream, tag } = found;
  return {
    text: text.slice(head.length),
    isLast: tag === 'F',
    others: { ...plainAttributes(message), stream },
    withText: (whole) => ({ ...message, body: { stringValue: head + whole } }),
  };
};

/** https://github.com/moby/moby/blob/master/daemon/logger/copier.go */
const DOCKER_PIECE_BYTES = 16_384;
/** A UTF-16 unit is at most so many bytes. */
const UNIT_BYTES_MAX = 3;

const dockerPiece = (message: Message, text: string, isAwaited: boolean): Piece | null => {
  if (!text.startsWith('{"log":"')) return null;
  if (!isAwaited && text.length * UNIT_BYTES_MAX < DOCKER_PIECE_BYTES) return null;
  const members = membersOf(text);
  const { log, ...others } = members ?? {};
  if (typeof log !== 'string' || typeof others['stream'] !== 'string') return null;
  return {
    text: log,
    isLast: log.endsWith('\n') || Buffer.byteLength(log) < DOCKER_PIECE_BYTES,
    others: { ...plainAttributes(message), ...others },
    withText: (whole) => ({ ...message, body: { ...others, log: whole } }),
  };
};

const TAG = 'logtag';
const PART = 'partial_message';

/** A record whose attributes, or the members of whose body, say what it is. */
const markedPiece = (message: Message, text: string | null = null): Piece | null => {
  const body = text === null ? anyValueOf(message['body']) : null;
  const map = body?.['kvlistValue'];
  const members = isMessage(map) ? attributesOf(map['values']) : NO_MEMBERS;
  if (!isMarked(message['attributes']) && !isMarked(members)) return null;
  const said = text === null ? messageIn(members) : { key: null, text };
  if (said === null) return null;
  const rest = members.filter((member) => !isMessage(member) || member['key'] !== said.key);
  const others = { ...plainAttributes(message), ...plainMembers(rest) };
  return {
    text: said.text,
    isLast:
      String(others[PART]) === 'true'
        ? String(others['partial_last']) === 'true'
        : others[TAG] !== 'P',
    others,
    withText: (whole) => {
      const value = { stringValue: whole };
      if (said.key === null) return { ...message, body: value };
      return { ...message, body: { kvlistValue: { values: [{ key: said.key, value }, ...rest] } } };
    },
  };
};

const NO_MEMBERS: readonly unknown[] = [];

const isMarked = (list: unknown): boolean =>
  Array.isArray(list)
    ? list.some((attribute) => isMessage(attribute) && isMark(attribute['key']))
    : isMessage(list) && (TAG in list || PART in list);

const isMark = (key: unknown): boolean => key === TAG || key === PART;

const plainAttributes = (message: Message): Message =>
  plainMembers(attributesOf(message['attributes']));

const plainMembers = (values: readonly unknown[]): Message => {
  const plain = plainOf({ kvlistValue: { values } });
  return isMessage(plain) ? plain : {};
};

/** Pieces of one line are alike in all but these. */
const OF_ONE_PIECE = new Set([
  TAG,
  'time',
  'timestamp',
  '@timestamp',
  'partial_last',
  'partial_ordinal',
  'log.record.original',
  'log.file.record_number',
  'log.file.record_offset',
  'offset',
]);

const streamOf = (others: Message): string =>
  JSON.stringify(
    Object.entries(others)
      .filter(([key]) => !OF_ONE_PIECE.has(key))
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
