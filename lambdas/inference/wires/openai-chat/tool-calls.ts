import { parseJson } from '../../turn/partial-json.ts';
import type { TurnEvent } from '../../turn/turn.ts';
import type { CallPart } from './choice.ts';

/** A call that is not over: `block` is its number once it was shown, `json` all of its input so far. */
interface Call {
  readonly slot: number;
  readonly id: string;
  readonly name: string;
  readonly json: string;
  readonly block: number | null;
}

/** Calls that are not over, in order; only the first is being shown, so that blocks never interleave. */
export interface CallState {
  readonly waiting: readonly Call[];
  readonly count: number;
}
export const NO_CALLS: CallState = { waiting: [], count: 0 };

interface Progress {
  readonly calls: CallState;
  /** Number of the next block. */
  readonly next: number;
}
interface Step extends Progress {
  readonly events: readonly TurnEvent[];
}
interface Naming {
  /** For calls that come without an id. */
  readonly answerId: string;
  readonly nameOf: (wireName: string) => string;
}

/** Events of a delta's partial calls. A call is over when another has begun and its own input is whole JSON. */
export const callEvents = (
  { calls, next }: Progress,
  parts: readonly CallPart[],
  naming: Naming,
): Step => {
  let now: Step = { calls, next, events: [] };
  for (const part of parts) now = pump(withPart(now, part, naming.answerId), naming.nameOf, false);
  return now;
};

/** Shows and ends every call that is left. */
export const closeCalls = (progress: Progress, nameOf: Naming['nameOf']): Step =>
  pump({ ...progress, events: [] }, nameOf, true);

const withPart = (step: Step, part: CallPart, answerId: string): Step => {
  const { waiting, count } = step.calls;
  const at = placeOf(waiting, part);
  const { name, json } = part;
  const known = waiting[at];
  if (known === undefined) {
    // Every call begins with its name: what has none belongs to a call that is over.
    if (name === '') return step;
    const id = part.id || `${answerId}-${count}`;
    const call = { slot: part.slot ?? count, id, name, json, block: null };
    return { ...step, calls: { waiting: [...waiting, call], count: count + 1 } };
  }
  const longer = { ...known, json: known.json + json };
  const shown: readonly TurnEvent[] = known.block === null ? [] : jsonEvents(known.block, json);
  return {
    ...step,
    calls: { waiting: waiting.with(at, longer), count },
    events: [...step.events, ...shown],
  };
};

/** By number; another id at the same number is another call (some providers number every call 0). -1: a new one. */
const placeOf = (waiting: readonly Call[], { slot, id }: CallPart): number => {
  if (slot === null)
    return id === '' ? waiting.length - 1 : waiting.findIndex((call) => call.id === id);
  return waiting.findLastIndex((call) => call.slot === slot && (id === '' || call.id === id));
};

/** Shows the first call as far as it goes, and ends it when it is over. */
const pump = (step: Step, nameOf: Naming['nameOf'], isEnd: boolean): Step => {
  const [first, ...others] = step.calls.waiting;
  if (first === undefined) return step;
  if (first.block === null) {
    const block = step.next;
    const { id } = first;
    const content_block = { type: 'tool_use', id, name: nameOf(first.name), input: {} } as const;
    const shown: Step = {
      calls: { ...step.calls, waiting: [{ ...first, block }, ...others] },
      next: block + 1,
      events: [
        ...step.events,
        { type: 'content_block_start', index: block, content_block },
        ...jsonEvents(block, first.json),
      ],
    };
    return pump(shown, nameOf, isEnd);
  }
  const isOver = isEnd || (others.length > 0 && parseJson(first.json || '{}') !== undefined);
  if (!isOver) return step;
  const ended: Step = {
    ...step,
    calls: { ...step.calls, waiting: others },
    events: [...step.events, { type: 'content_block_stop', index: first.block }],
  };
  return pump(ended, nameOf, isEnd);
};

const jsonEvents = (index: number, partial_json: string): readonly TurnEvent[] =>
  partial_json === ''
    ? []
    : [{ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } }];
