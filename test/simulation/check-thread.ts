import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import { runOf, stepOf, threadOf } from '../../lambdas/threads/adapters/threads/thread-items.ts';
import { threadPk } from '../../lambdas/threads/adapters/threads/thread-keys.ts';
import type { TurnRequest } from '../../lambdas/inference/turn/turn.ts';
import { foldSteps } from '../../lambdas/threads/domain/fold-steps.ts';
import {
  isTerminal,
  type LoggedEvent,
  type RunEvent,
} from '../../lambdas/threads/domain/run-event.ts';
import type { MessageStep, Run } from '../../lambdas/threads/domain/thread.ts';
import type { ThreadPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import { storedEvents } from '../../lambdas/threads/usecases/take-over.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import { checkTabs, type EndedRun } from './check-tabs.ts';
import type { Watched } from './simulated-sockets.ts';
import type { SimulatedWorld } from './simulated-model.ts';
import type { Actor } from './virtual-time.ts';

/** What one viewer of a run saw. */
export interface Viewed {
  readonly seq: number;
  readonly actor: Actor;
  readonly afterIndex: number;
  readonly events: readonly LoggedEvent[];
  isOver: boolean;
}

const must = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message);
};

/** The invariants of a thread when everything has come to rest. */
export const checkThread = async (
  tables: MemoryTables,
  place: ThreadPlace,
  world: SimulatedWorld,
  seen: {
    readonly viewed: readonly Viewed[];
    readonly sockets: { readonly watched: readonly Watched[] };
    /** null: no run waits for anybody. */
    readonly waits: object | null;
  },
): Promise<void> => {
  const items = [...tables.items.threads.values()].filter((item) => item['pk'] === threadPk(place));
  const under = (prefix: string) => items.filter((item) => String(item['sk']).startsWith(prefix));
  const thread = threadOf(place, under('META')[0] ?? {});
  const runs = under('RUN#').map((item) => runOf(place, item));
  const steps = under('MSG#').map(stepOf);
  must(thread.activeRun === null && thread.queue.length === 0, 'the queue did not drain');
  checkSequence(thread.lastSeq, steps);
  must(
    new Set(runs.map(({ requestId }) => requestId)).size === runs.length,
    'one request id made two turns',
  );
  const log = tableChunkLog({ tables, timers: { nowMs: () => 0 } });
  const ended: EndedRun[] = [];
  for (const run of runs) {
    const events = await storedEvents({ chunks: log }, run);
    const packed = (await log.readPacked(run, -1)).map(({ event }) => event);
    must(same(packed, events), `run ${run.seq}: the packed log is not the log`);
    checkRun(run, events, steps);
    const own = steps.filter(({ seq }) => seq === run.seq);
    const cost = own.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    must(
      cost === run.costNanoUsd,
      `run ${run.seq}: the message costs ${cost}, the run ${run.costNanoUsd}`,
    );
    for (const view of seen.viewed)
      if (view.seq === run.seq) checkView(view, events, seen.waits !== null);
    ended.push({ run, events });
  }
  const isHealthy = world.actors.every(({ isDead, wasPaused }) => !isDead && !wasPaused);
  must(
    !isHealthy || runs.every(({ stopReason }) => stopReason !== 'interrupted'),
    'a run was interrupted though nobody died',
  );
  checkTabs(ended, thread.lastRun, seen.sockets.watched, isHealthy);
  checkMoney(runs, world);
  for (const request of world.requests) checkRequest(request);
};

/** 1, 2, 3 ... without a gap: a message or an answer at each. */
const checkSequence = (lastSeq: number, steps: readonly MessageStep[]): void => {
  const seqs = new Set(steps.map(({ seq }) => seq));
  for (let seq = 1; seq <= lastSeq; seq++)
    must(seqs.has(seq), `nothing in history at seq ${seq} of ${lastSeq}`);
  must(seqs.size === lastSeq, 'history goes beyond the last seq');
};

const checkRun = (run: Run, events: readonly RunEvent[], steps: readonly MessageStep[]): void => {
  must(run.endedAtMs !== null, `run ${run.seq} did not end: ${run.status}`);
  must(events.length === run.eventCount, `run ${run.seq}: events are missing or too many`);
  const terminals = events.filter(isTerminal);
  const [terminal] = terminals;
  must(terminals.length === 1 && events.at(-1) === terminal, 'not one terminal event at the end');
  const told = foldSteps(events).map(({ role, content }) => ({ role, content }));
  const kept = steps
    .filter(({ seq }) => seq === run.seq)
    .toSorted((left, right) => left.step - right.step)
    .map(({ role, content }) => ({ role, content }));
  const answer = told.length === 0 ? [{ role: 'assistant', content: [] }] : told;
  must(same(kept, answer), `run ${run.seq}: the message is not the fold of its events`);
  must(run.hold === null && run.unsettled === null, `run ${run.seq} still owes`);
};

/**
 * No gap, no overlap, and for every reader the same event at the same index. One whose run waits, or is behind one that
 * does, may leave before it is over.
 */
const checkView = (view: Viewed, events: readonly RunEvent[], mayLeave: boolean): void => {
  for (const [place, { index, event }] of view.events.entries()) {
    must(index === view.afterIndex + 1 + place, `${view.actor.name}: a gap or an overlap`);
    must(same(event, events[index]), `${view.actor.name}: event ${index} differs`);
  }
  const whole = Math.max(0, events.length - view.afterIndex - 1);
  must(
    !view.isOver || mayLeave || view.events.length === whole,
    `${view.actor.name}: ended too early`,
  );
  must(view.isOver || view.actor.isDead, `${view.actor.name}: waits for ever`);
};

/** Every hold ended; only one whose taker died before any run had it is left to its expiry. A hold that no model was asked for counts for nothing. */
const checkMoney = (runs: readonly Run[], { money }: SimulatedWorld): void => {
  for (const [holdId, { actor, cost, isCall, isWithdrawn }] of money.holds) {
    must(cost !== null || actor.isDead, `${holdId} of ${actor.name} was never settled`);
    must(
      isCall || isWithdrawn || actor.isDead || actor.wasPaused,
      `${holdId} of ${actor.name} counts as a call, and no model was asked`,
    );
  }
  const settled = [...money.holds.values()].reduce((sum, { cost }) => sum + (cost ?? 0), 0);
  const told = runs.reduce((sum, run) => sum + run.costNanoUsd, 0);
  must(told <= settled, `messages cost ${told}, the ledger knows ${settled}`);
};

/** What a provider gets: each call's result in the message right behind it. */
const checkRequest = ({ messages }: TurnRequest): void => {
  for (const [place, message] of messages.entries()) {
    const calls = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const next = messages[place + 1]?.content ?? [];
    const results = next.flatMap((block) =>
      block.type === 'tool_result' ? [block.tool_use_id] : [],
    );
    must(
      calls.every((id) => results.includes(id)),
      'a tool call without its result beside it',
    );
  }
};

const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);
