import { parseJson } from '../../turn/partial-json.ts';
import type { ToolNames } from '../history/tool-names.ts';
import type { CallPart } from './choice.ts';

/** A call as far as it came; `block` is its number once it was shown. */
export interface Call {
  /** Its place among the calls of its answer. */
  readonly number: number;
  readonly slot: number;
  /** '': none came yet. */
  readonly id: string;
  /** '': none came yet, and without one it is no call. */
  readonly name: string;
  /** All of its input so far, and what of it was not shown. */
  readonly json: string;
  readonly unshown: string;
  /** Each part says all of the input so far. */
  readonly isCumulative: boolean;
  /** It says the name of the call before it, and no more: an echo of that, unless it gets an input. */
  readonly isEcho: boolean;
  readonly block: number | null;
}

/** Only the first that waits is being shown, so that blocks never interleave. */
export interface CallState {
  /** Calls that are not over, in order. */
  readonly waiting: readonly Call[];
  /** The latest that are: what they said may be said once more. */
  readonly over: readonly Call[];
  readonly count: number;
}
export const NO_CALLS: CallState = { waiting: [], over: [], count: 0 };

/** Is its input whole? One without a word has none. */
export const isWhole = ({ json }: Call): boolean => isInput(json || '{}');

const isInput = (json: string): boolean => parseJson(json) !== undefined;

/** The last call is still arriving, as far as one can know. */
export const isUnfinished = ({ waiting }: CallState): boolean => {
  const last = waiting.at(-1);
  return last !== undefined && last.name !== '' && isOpen(last);
};

const isOpen = (call: Call): boolean => call.json === '' || !isWhole(call);

/**
 * Adds a part of a call to the call that it belongs to. Providers number calls as they like (all 0, none, again in each
 * chunk), give them no id, or each part another one, and say at the end once more what they said. So a part is placed by
 * what it says: one without a name continues the call of its number, one with a name begins another call where
 * the call before it is whole. `named` are the calls that the same delta names: two that it names are two.
 */
export const withPart = (
  state: CallState,
  part: CallPart,
  named: Set<number>,
  names: ToolNames,
): CallState => {
  if (part.name === '') {
    const owner = ownerOf(state, part);
    return owner === undefined ? withNew(state, part, false) : withMore(state, owner, part, names);
  }
  const known = namesakeOf(state, part);
  const isFirst = known !== undefined && !named.has(known.number);
  if (isFirst && isContinued(state, known, part, names)) {
    named.add(known.number);
    return withMore(state, known, part, names);
  }
  const isSame = isFirst && known.name === part.name && (part.id === '' || part.id === known.id);
  // A last part of some providers is the whole call once more.
  if (isSame && part.json !== '' && isSameJson(known.json, part.json)) return state;
  named.add(state.count);
  return withNew(state, part, isSame);
};

/** The call that a part without a name continues. */
const ownerOf = ({ waiting, over }: CallState, { slot, id }: CallPart): Call | undefined => {
  const isAt = (call: Call): boolean => slot === null || call.slot === slot;
  const isOwn = (call: Call): boolean => id !== '' && call.id === id;
  const last = waiting.at(-1);
  return (
    waiting.findLast((call) => isOwn(call) && isAt(call)) ??
    over.findLast((call) => isOwn(call) && isAt(call)) ??
    waiting.findLast(isAt) ??
    waiting.findLast(isOwn) ??
    over.findLast(isAt) ??
    // Of a number that no call has: some providers count on in each chunk.
    (last !== undefined && id === '' && isOpen(last) ? last : undefined)
  );
};

/** The call that a part with a name continues or says again, if it does. */
const namesakeOf = (
  { waiting, over }: CallState,
  { slot, id, name }: CallPart,
): Call | undefined => {
  const calls = [...over, ...waiting];
  const isAt = (call: Call): boolean => slot === null || call.slot === slot;
  const ofId = id === '' ? [] : calls.filter((call) => call.id === id);
  return ofId.findLast(isAt) ?? calls.findLast(isAt) ?? ofId.findLast((call) => call.name === name);
};

const isContinued = (
  { waiting }: CallState,
  known: Call,
  { slot, id, name, json }: CallPart,
  names: ToolNames,
): boolean => {
  if (!waiting.includes(known)) return false;
  if (known.name === '') return true;
  const isOther = id !== '' && known.id !== '' && id !== known.id;
  const isAt = slot === null || slot === known.slot;
  if (name !== known.name) return !isOther && isAt && isNameCut(known, name, names);
  if (known.json === '') return !isOther;
  if (isEmpty(known.json) && isAt)
    return id === '' ? json !== '' && !isInput(json) : id === known.id;
  if (isWhole(known)) return false;
  if (json === '') return !isOther && isAt;
  return moreOf(known, json) !== null || !json.trimStart().startsWith('{');
};

/** Some providers say a name in pieces. */
const isNameCut = ({ name, json }: Call, more: string, names: ToolNames): boolean =>
  json === '' && names.isStart(name) && (names.isTool(name + more) || names.isStart(name + more));

const isSameJson = (one: string, other: string): boolean => {
  if (one === other) return isInput(one);
  const [first, second] = [parseJson(one), parseJson(other)];
  return first !== undefined && JSON.stringify(first) === JSON.stringify(second);
};

const withNew = (
  state: CallState,
  { slot, id, name, json }: CallPart,
  isEcho: boolean,
): CallState => {
  const number = state.count;
  const call = { number, slot: slot ?? number, id, name, json, unshown: json, isEcho };
  return {
    ...state,
    waiting: [...state.waiting, { ...call, isCumulative: false, block: null }],
    count: number + 1,
  };
};

const withMore = (
  state: CallState,
  known: Call,
  { slot, id, name, json }: CallPart,
  names: ToolNames,
): CallState => {
  const at = state.waiting.indexOf(known);
  // What has no name and comes late belongs to a call that is over.
  if (at === -1) return state;
  const isLonger = known.name === '' || (name !== known.name && isNameCut(known, name, names));
  const call: Call = {
    ...known,
    ...inputOf(known, json),
    slot: name === '' ? known.slot : (slot ?? known.slot),
    id: known.id || id,
    name: isLonger ? known.name + name : known.name,
  };
  return { ...state, waiting: state.waiting.with(at, call) };
};

const inputOf = (known: Call, json: string): Pick<Call, 'json' | 'unshown' | 'isCumulative'> => {
  const { isCumulative } = known;
  // An empty input before the real one, which was not shown yet.
  if (isEmpty(known.json) && json.trimStart().startsWith('{'))
    return { json, unshown: json, isCumulative };
  if (known.json === json && (isCumulative || isInput(json))) return known;
  const more = moreOf(known, json);
  return more === null
    ? { json: known.json + json, unshown: known.unshown + json, isCumulative }
    : { json, unshown: known.unshown + more, isCumulative: true };
};

/**
 * What a part adds to an input that it says from the beginning; null: it does not. Such a part could be no input that goes
 * on, for no JSON has `{` where no value may stand.
 */
const moreOf = ({ json, isCumulative }: Call, said: string): string | null => {
  if (json === '' || said.length <= json.length || said[0] !== '{' || !said.startsWith(json))
    return null;
  return isCumulative || !/[:[,]\s*$/.test(json) ? said.slice(json.length) : null;
};

/** Some providers say this first, and then the input. */
export const isEmpty = (json: string): boolean =>
  json.length <= EMPTY_LENGTH && json.trim() === '{}';
const EMPTY_LENGTH = 8;
