import type { TurnEvent } from '../../turn/turn.ts';
import type { ToolNames } from '../history/tool-names.ts';
import { isEmpty, isWhole, withPart, type Call, type CallState } from './call-state.ts';
import type { CallPart } from './choice.ts';

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
  readonly names: ToolNames;
}

/** Calls of which an echo may come. */
const OVER_KEPT = 64;

/** Events of a delta's partial calls. A call is over when another has begun and its own input is whole JSON. */
export const callEvents = (
  { calls, next }: Progress,
  parts: readonly CallPart[],
  naming: Naming,
): Step => {
  const named = new Set<number>();
  let now: Step = { calls, next, events: [] };
  for (const part of parts) {
    const known = withPart(now.calls, part, named, naming.names);
    now = pump({ ...now, calls: known }, naming, false);
  }
  return now;
};

/** Shows and ends every call that is left. */
export const closeCalls = (progress: Progress, naming: Naming): Step =>
  pump({ ...progress, events: [] }, naming, true);

/** Shows the first call as far as it goes, and ends it when it is over. */
const pump = (step: Step, naming: Naming, isEnd: boolean): Step => {
  const [first, ...others] = step.calls.waiting;
  if (first === undefined) return step;
  // Of one that has no input yet, it may still come.
  const isOver = isEnd || (others.length > 0 && first.json !== '' && isWhole(first));
  const isSure = first.name !== '' && !(first.isEcho && first.json === '');
  if (!isSure)
    return isOver
      ? pump({ ...step, calls: { ...step.calls, waiting: others } }, naming, isEnd)
      : step;
  // Some providers say a name in pieces.
  if (!isOver && first.json === '' && naming.names.isStart(first.name)) return step;
  const [shown, events] = show(step, first, naming, isOver);
  if (!isOver)
    return {
      calls: { ...step.calls, waiting: [shown, ...others] },
      next: Math.max(step.next, shown.block + 1),
      events,
    };
  const over = [...step.calls.over, shown].slice(-OVER_KEPT);
  const ended: Step = {
    calls: { ...step.calls, waiting: others, over },
    next: Math.max(step.next, shown.block + 1),
    events: [...events, { type: 'content_block_stop', index: shown.block }],
  };
  return pump(ended, naming, isEnd);
};

/** Shows what was not shown; an empty input waits, for the real one may follow it. */
const show = (
  { next, events: before }: Step,
  call: Call,
  { answerId, names }: Naming,
  isOver: boolean,
): readonly [Call & { readonly block: number }, readonly TurnEvent[]] => {
  const block = call.block ?? next;
  const events = [...before];
  const id = call.id || `${answerId}-${call.number}`;
  if (call.block === null) {
    const tool = { type: 'tool_use', id, name: names.fromWire(call.name), input: {} } as const;
    events.push({ type: 'content_block_start', index: block, content_block: tool });
  }
  const { unshown: partial_json } = call;
  if (partial_json === '' || (!isOver && isEmpty(call.json))) return [{ ...call, block }, events];
  const delta = { type: 'input_json_delta', partial_json } as const;
  events.push({ type: 'content_block_delta', index: block, delta });
  return [{ ...call, block, unshown: '' }, events];
};
