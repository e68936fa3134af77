import type { BlockDelta, TurnEvent } from './turn.ts';

/** Halves of surrogate pairs that wait for their other half, by the index of the block. */
export type WaitingHalves = ReadonlyMap<number, BlockDelta>;
export const NO_HALVES: WaitingHalves = new Map();

/**
 * A turn's events without half a character: tokens end inside of one, so a half at the end of a delta waits for the next
 * one, and what stays a half is U+FFFD. Providers refuse a history that holds one.
 */
export const withWholePairs = (
  waiting: WaitingHalves,
  event: TurnEvent,
): readonly [WaitingHalves, readonly TurnEvent[]] => {
  switch (event.type) {
    case 'content_block_delta':
      return joinDelta(waiting, event);
    case 'content_block_stop':
      return flush(waiting, event);
    case 'content_block_start':
    case 'message_start':
      return [waiting, [wholeStrings(event)]];
    default:
      return [waiting, [event]];
  }
};

type DeltaEvent = Extract<TurnEvent, { readonly type: 'content_block_delta' }>;

const joinDelta = (
  waiting: WaitingHalves,
  event: DeltaEvent,
): readonly [WaitingHalves, readonly TurnEvent[]] => {
  const { index, delta } = event;
  const held = waiting.get(index);
  const text = textOf(delta);
  if (held === undefined && (text === null || text.isWellFormed()))
    return [waiting, [text === null ? { ...event, delta: wholeStrings(delta) } : event]];
  if (text === null) return [waiting, [{ ...event, delta: wholeStrings(delta) }]];
  const joined = (held === undefined ? '' : (textOf(held) ?? '')) + text;
  const isCut = isHigh(joined.charCodeAt(joined.length - 1));
  const whole = (isCut ? joined.slice(0, -1) : joined).toWellFormed();
  const rest = new Map(waiting);
  if (isCut) rest.set(index, withText(delta, joined.slice(-1)));
  else rest.delete(index);
  return [rest, whole === '' ? [] : [{ ...event, delta: withText(delta, whole) }]];
};

const flush = (
  waiting: WaitingHalves,
  event: Extract<TurnEvent, { readonly type: 'content_block_stop' }>,
): readonly [WaitingHalves, readonly TurnEvent[]] => {
  const { index } = event;
  const held = waiting.get(index);
  if (held === undefined) return [waiting, [event]];
  const rest = new Map(waiting);
  rest.delete(index);
  return [rest, [{ type: 'content_block_delta', index, delta: withText(held, '\uFFFD') }, event]];
};

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** What a delta adds to its block's text; null: it adds none. */
const textOf = (delta: BlockDelta): string | null => {
  switch (delta.type) {
    case 'text_delta':
      return delta.text;
    case 'thinking_delta':
      return delta.thinking;
    case 'input_json_delta':
      return delta.partial_json;
    case 'signature_delta':
    case 'citations_delta':
      return null;
  }
};

const withText = (delta: BlockDelta, text: string): BlockDelta => {
  switch (delta.type) {
    case 'text_delta':
      return { ...delta, text };
    case 'thinking_delta':
      return { ...delta, thinking: text };
    case 'input_json_delta':
      return { ...delta, partial_json: text };
    case 'signature_delta':
    case 'citations_delta':
      return delta;
  }
};

const HALF = /\\u[dD][89a-fA-F]/;
/** A pair, a half alone, or any other escape, so that an escaped backslash hides what follows it. */
const ESCAPE =
  /\\(?:(u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})|(u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;

/** A text of JSON without halves of pairs that its escapes bring, in names and values of any depth. */
export const wholeEscapes = (json: string): string =>
  HALF.test(json)
    ? json.replace(ESCAPE, (escape: string, _pair?: string, half?: string) =>
        half === undefined ? escape : String.raw`\ufffd`,
      )
    : json;

/** `JSON.stringify` writes a half alone as an escape, and nothing else so. */
const wholeStrings = <T>(value: T): T => {
  const json = JSON.stringify(value);
  if (!HALF.test(json)) return value;
  const whole: T = JSON.parse(wholeEscapes(json));
  return whole;
};
