import type { Json } from '../../turn/turn.ts';
import { fieldsOf } from '../fields.ts';
import { isJsonStart } from '../frames/answer-frames.ts';
import { sseCutter } from '../frames/sse.ts';
import type { SeenAnswer } from '../unit-wire.ts';
import { JsonMembers } from './json-members.ts';
import { soundLength } from './sound-length.ts';

type Fields = Readonly<Record<string, Json>>;

/** Watches the bytes of an answer as they pass. */
export interface Watch {
  /** The pieces in which they may be passed on: events stay whole, so that a comment may stand between two of them. */
  push(chunk: Uint8Array): readonly Uint8Array[];
  end(): readonly Uint8Array[];
  seen(): SeenAnswer;
  /** Of an answer in JSON: is it one object? */
  isJson(): boolean;
}

/** Did it end with an error of its provider's own? */
export const isFailed = (told: SeenAnswer['told']): boolean =>
  told.some(({ error, type }) => isSet(error) || type === 'error');

/** It is an error, and nothing else came before it. */
export const isRefused = ({ told, bytes }: SeenAnswer): boolean =>
  bytes === 0 || isFailed(told.slice(0, 1));

/** Is it an answer, as far as it came? One that could still turn out to be an error is none yet. */
export const hasBegun = ({ headers, told }: SeenAnswer, chunk: Uint8Array): boolean =>
  isEvents(headers['content-type'] ?? '')
    ? told.length > 0 && !isFailed(told)
    : !isJsonStart(chunk);

const isSet = (value: Json | undefined): boolean => value !== undefined && value !== null;

export const isEvents = (type: string): boolean => type.startsWith('text/event-stream');

/** Of some relay's, for people: nothing that is asked for here. */
export const isPage = (type: string): boolean => /^text\/html\b/i.test(type);

/** `members` are those that are read, `sound` the form of an answer that is one. */
export const watchAnswer = (
  headers: SeenAnswer['headers'],
  members: readonly string[],
  sound: string | null,
): Watch =>
  isEvents(headers['content-type'] ?? '')
    ? watchEvents(headers, members)
    : watchBody(headers, members, sound);

/** Bytes that are no JSON have no members: theirs is no object from the first byte on. */
const watchBody = (
  headers: SeenAnswer['headers'],
  names: readonly string[],
  form: string | null,
): Watch => {
  const reader = new JsonMembers(names);
  const sound = soundLength(form ?? '');
  let bytes = 0;
  let isWhole = false;
  return {
    push: (chunk) => {
      bytes += chunk.length;
      reader.push(chunk);
      sound.push(chunk);
      return [chunk];
    },
    end: () => {
      isWhole = true;
      return [];
    },
    seen: () => ({ headers, told: [reader.members()], bytes, seconds: sound.seconds(), isWhole }),
    isJson: () => reader.isWhole(),
  };
};

const watchEvents = (headers: SeenAnswer['headers'], names: readonly string[]): Watch => {
  const cutter = sseCutter((data) => pick(data, names));
  const told: Fields[] = [];
  let bytes = 0;
  let isWhole = false;
  const pass = (frames: ReturnType<typeof cutter.push>): readonly Uint8Array[] => {
    for (const { value } of frames) if (value !== null) told.push(value);
    return frames.map((frame) => frame.bytes);
  };
  return {
    push: (chunk) => {
      bytes += chunk.length;
      return pass(cutter.push(chunk));
    },
    end: () => {
      isWhole = true;
      return pass(cutter.end());
    },
    seen: () => ({ headers, told, bytes, seconds: null, isWhole }),
    isJson: () => false,
  };
};

/** null: nothing that is read. */
const pick = (data: string, names: readonly string[]): Fields | null => {
  const reader = new JsonMembers(names);
  reader.push(Buffer.from(data));
  const members = fieldsOf(reader.members());
  return Object.keys(members).length === 0 ? null : members;
};
