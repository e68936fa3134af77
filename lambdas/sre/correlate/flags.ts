import type { Call, Gap } from './calls.ts';
import { deadOf, strangersOf } from './dead.ts';
import { isFailureEvent, isOutgoingEvent } from './event.ts';
import type { KeyBaseline } from './baseline.ts';
import type { Usual } from './usual.ts';

/** What is out of the ordinary with one call. */
export interface Flagged {
  readonly call: Call;
  /** Enough is known of its kind: without that nothing is flagged. */
  readonly isKnown: boolean;
  /** Events that are nearly always there, and are not. */
  readonly missing: readonly string[];
  /** Failures that are nearly never there, and are. */
  readonly rare: readonly string[];
  /** It went another way, and no call below it did. */
  readonly isOddShape: boolean;
  /** Keys of calls that failed and that nobody answered for. */
  readonly dead: readonly string[];
  /** Operations of its own that took too long. */
  readonly slow: readonly string[];
  /** Calls that it waited for beyond what they did. */
  readonly late: readonly Gap[];
}

interface Draft extends Flagged {
  isOddShape: boolean;
}

/** Each call against what is usual for its kind. */
export const flagCalls = (calls: readonly Call[], usual: Usual): readonly Flagged[] => {
  const drafts = calls.map((call) => flagCall(call, usual));
  const explained = new Set<Call>();
  for (const { call, missing, rare } of drafts) {
    if (missing.length === 0 && rare.length === 0) continue;
    // A call that went wrong explains all that called it.
    for (let { caller } = call; caller !== null && !explained.has(caller); { caller } = caller)
      explained.add(caller);
  }
  for (const draft of drafts) {
    const { call, missing, rare } = draft;
    draft.isOddShape =
      (missing.length > 0 || rare.length > 0) &&
      !explained.has(call) &&
      draft.dead.length === 0 &&
      // What fails all the time everywhere points to no root; it still explains who called it.
      !call.events.values().some((event) => usual.isChronic(event));
  }
  return drafts;
};

const flagCall = (call: Call, usual: Usual): Draft => {
  const key = usual.keyOf(call.service, call.operation);
  const late = some(call.gaps, ({ callee, ms }) => {
    const limitMs = usual.gapLimitMs(call.service, callee.key);
    return limitMs !== null && ms > limitMs;
  });
  if (key === null)
    return {
      call,
      isKnown: false,
      missing: NOTHING,
      rare: NOTHING,
      dead: NOTHING,
      isOddShape: false,
      slow: NOTHING,
      late,
    };
  const absent = some(usual.expectedOf(key), (event) => !call.events.has(event));
  const outgoing = some(absent, isOutgoingEvent);
  const strangers =
    outgoing.length === 0 || call.unanswered.length === 0 ? NOTHING : strangersOf(call, key, usual);
  const isUnanswered = strangers.length > 0;
  const dead = isUnanswered ? deadOf(call.service, strangers, outgoing, usual) : NOTHING;
  // A client span that nobody answered stands for the call that seems to be missing: its callee may only be silent.
  const missing = isUnanswered ? some(absent, (event) => !isOutgoingEvent(event)) : absent;
  const rare = rareFailures(call, key, usual);
  const slow = some(call.selves, ({ operation, ms }) => {
    const limitMs = usual.selfLimitMs(key, operation);
    return limitMs !== null && ms > limitMs;
  });
  return {
    call,
    isKnown: true,
    missing,
    rare,
    dead,
    isOddShape: false,
    slow: slow.length === 0 ? NOTHING : [...new Set(slow.map(({ operation }) => operation))],
    late,
  };
};

const NOTHING: readonly never[] = [];

const rareFailures = ({ events }: Call, key: KeyBaseline, usual: Usual): readonly string[] => {
  let found: string[] | null = null;
  // A loop by an iterator makes an object for each event of each call.
  events.forEach((event) => {
    if (!isFailureEvent(event) || !usual.isRareIn(key, event)) return;
    found ??= [];
    found.push(event);
  });
  return found ?? NOTHING;
};

/** Those that are so: nearly always none, and then no array is made. */
const some = <Value>(
  values: readonly Value[],
  isSo: (value: Value) => boolean,
): readonly Value[] => {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value !== undefined && isSo(value)) return values.slice(index).filter(isSo);
  }
  return NOTHING;
};
