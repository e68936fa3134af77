import { foldSteps } from '../domain/fold-steps.ts';
import { formatLogCursor } from '../domain/log-cursor.ts';
import type { MessageStep, Run, Thread } from '../domain/thread.ts';
import type { HistoryQuery, ThreadStore } from '../ports/store.ts';
import type { RunCareDeps } from './run-types.ts';
import { answerSteps } from './step-rows.ts';
import { storedEvents } from './take-over.ts';

/** One message with its steps, and where a reader of a running one continues. */
export interface Message {
  readonly seq: number;
  readonly steps: readonly MessageStep[];
  readonly resumeCursor: string | null;
}

export interface MessagePage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** A page of history; answers that are not over yet appear with their blocks so far. */
export const readMessages = async (
  deps: Pick<RunCareDeps, 'chunks' | 'timers'> & {
    readonly store: Pick<ThreadStore, 'history' | 'run'>;
  },
  thread: Thread,
  query: HistoryQuery,
): Promise<MessagePage> => {
  const { steps, hasMore } = await deps.store.history(thread, query);
  const stored = new Map<number, MessageStep[]>();
  for (const step of steps) stored.set(step.seq, [...(stored.get(step.seq) ?? []), step]);
  const running = [...(thread.activeRun === null ? [] : [thread.activeRun]), ...thread.queue];
  const seqs = [...stored.keys()];
  const isAscending = query.order === 'asc';
  const edge = isAscending ? Math.max(...seqs) : Math.min(...seqs);
  const inPage = running.filter(
    (seq) =>
      seq > (query.afterSeq ?? 0) &&
      seq < (query.beforeSeq ?? Number.POSITIVE_INFINITY) &&
      (!hasMore || (isAscending ? seq < edge : seq > edge)),
  );
  const messages: Message[] = [...stored]
    .filter(([seq]) => !inPage.includes(seq))
    .map(([seq, own]) => ({ seq, steps: own, resumeCursor: null }));
  for (const seq of inPage) {
    const run = await deps.store.run({ ...thread, seq });
    if (run !== null) messages.push(await unfinished(deps, run));
  }
  const ordered = messages.toSorted(
    (left, right) => (isAscending ? 1 : -1) * (left.seq - right.seq),
  );
  return {
    messages: ordered.slice(0, query.limit),
    hasMore: hasMore || ordered.length > query.limit,
  };
};

const unfinished = async (
  deps: Pick<RunCareDeps, 'chunks' | 'timers'>,
  run: Run,
): Promise<Message> => {
  const events = await storedEvents(deps, run);
  const status =
    run.status === 'queued'
      ? 'queued'
      : run.status === 'requires_action'
        ? 'requires_action'
        : 'streaming';
  const facts = { run, settlements: new Map(), omissions: new Map(), known: new Map() };
  const steps = answerSteps(facts, foldSteps(events), deps.timers.nowMs(), status);
  return {
    seq: run.seq,
    steps: steps.map((step) => ({ ...step, completedAtMs: null })),
    resumeCursor:
      events.length === 0 ? null : formatLogCursor({ seq: run.seq, index: events.length - 1 }),
  };
};
