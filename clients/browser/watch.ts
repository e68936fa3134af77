import { pause, SluiceError, type Persistence } from './connection.ts';
import { isEnd } from './fold.ts';
import { framesOf, type SocketPlace } from './socket.ts';
import type { EventsFrame, Message, MessagePage, SeenEvent, ThreadEvent } from './types.ts';

/** What a thread reports: rows of history, events of the answer at work, and what happened to the thread itself. */
export type Told = Message | SeenEvent | ThreadEvent;

export interface Watch {
  readonly threadId: string;
  readonly afterSeq: number;
  readonly limits: Persistence;
  readonly page: (afterSeq: number, limit?: number) => Promise<MessagePage>;
  /** A run's events by HTTP. */
  readonly read: (runId: string, after?: string) => AsyncGenerator<SeenEvent>;
  /** The thread's own events by HTTP. */
  readonly events: () => AsyncGenerator<ThreadEvent>;
  /** null: there are no sockets here. */
  readonly open: (() => Promise<WebSocket>) | null;
}

const TRIES_FIRST_MAX = 2;
/** How often a run that waits for somebody is looked at, where nothing reports that it continues. */
const WAIT_MS = 2_000;
const RUNS_MAX = 200;
const IDS_MAX = 1_000;
/** After every cursor: the run's row was sent, and nothing of it is sent again. */
const WHOLE = '~';

/** By sockets; by HTTP where there are none, or where the first ones do not open: some networks let none through. */
export async function* watchThread(asked: Watch): AsyncGenerator<Told> {
  const watch = { ...asked, page: pageUntilGone(asked.page) };
  const { open, limits } = watch;
  if (open !== null) {
    let wasOpen = false;
    const triesMax = (): number => (wasOpen ? limits.triesMax() : TRIES_FIRST_MAX);
    const seen = async (): Promise<WebSocket> => {
      const socket = await open();
      socket.addEventListener('open', () => (wasOpen = true));
      return socket;
    };
    try {
      yield* bySocket({ ...watch, limits: { ...limits, triesMax } }, seen);
      return;
    } catch (error) {
      const isRefused = error instanceof SluiceError && error.status > 0;
      if (wasOpen || isRefused || limits.signal?.aborted === true) throw error;
    }
  }
  yield* byHttp(watch);
}

const isGone = (error: unknown): boolean => error instanceof SluiceError && error.status === 404;

/** A thread that is deleted while it is read has nothing more; that it is deleted comes as its last event. */
const pageUntilGone =
  (page: Watch['page']): Watch['page'] =>
  async (...args) => {
    try {
      return await page(...args);
    } catch (error) {
      if (!isGone(error)) throw error;
      return { data: [], has_more: false, next_cursor: null };
    }
  };

async function* untilGone(events: AsyncGenerator<SeenEvent>): AsyncGenerator<SeenEvent> {
  try {
    yield* events;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const isOver = ({ status }: Message): boolean =>
  status !== 'queued' && status !== 'streaming' && status !== 'requires_action';

async function* bySocket(watch: Watch, open: () => Promise<WebSocket>): AsyncGenerator<Told> {
  /** Of each run the cursor of its last event. */
  const runs = new Map<string, string>();
  const atWork = new Set<string>();
  const ids = new Set<string>();
  let seq = watch.afterSeq;
  const place: SocketPlace = {
    threadId: watch.threadId,
    isAtWork: () => atWork.size > 0,
    again: () => undefined,
  };

  const keep = (runId: string, cursor: string): void => {
    runs.delete(runId);
    runs.set(runId, cursor);
    trim(runs, RUNS_MAX);
  };

  /** Messages that are new. An answer that is not over comes as its events. */
  async function* rows(): AsyncGenerator<Message> {
    for (;;) {
      const { data, has_more } = await watch.page(seq);
      for (const row of data) {
        ({ seq } = row);
        if (row.run_id === null) yield row;
        else if (runs.has(row.run_id)) continue;
        else if (isOver(row)) {
          keep(row.run_id, WHOLE);
          atWork.delete(row.run_id);
          yield row;
        } else if (row.status === 'streaming') atWork.add(row.run_id);
      }
      if (!has_more) return;
    }
  }

  function* fresh(all: readonly SeenEvent[]): Generator<SeenEvent> {
    for (const seen of all) {
      const { runId, cursor, event } = seen;
      const last = runs.get(runId) ?? '';
      if (last === WHOLE) place.cursor = cursor;
      if (cursor <= last) continue;
      keep(runId, cursor);
      place.cursor = cursor;
      if (isEnd(event) || event.type === 'run.requires_action') atWork.delete(runId);
      else atWork.add(runId);
      yield seen;
    }
  }

  async function* said(frame: EventsFrame): AsyncGenerator<Told> {
    const { run_id: runId, cursor, events } = frame;
    if (!runs.has(runId)) {
      keep(runId, '');
      // What the person said comes first.
      yield* rows();
    }
    if (events !== undefined) {
      yield* fresh(events.map((seen) => ({ runId, ...seen })));
      return;
    }
    // Too long for a frame.
    const last = runs.get(runId) ?? '';
    if (cursor <= last) return;
    for await (const seen of untilGone(watch.read(runId, last))) {
      yield* fresh([seen]);
      if (seen.cursor >= cursor) return;
    }
  }

  async function* happened(event: ThreadEvent): AsyncGenerator<Told> {
    if (ids.has(event.id)) return;
    ids.add(event.id);
    trim(ids, IDS_MAX);
    yield event;
    if (event.type === 'run.started' && !runs.has(event.run_id)) atWork.add(event.run_id);
    if ('deleted' in event) return;
    yield* rows();
    if (event.type !== 'run.ended') return;
    atWork.delete(event.run_id);
    const last = runs.get(event.run_id);
    if (last === undefined) {
      // It ended while it waited, or its events are on their way: one or the other is reported.
      keep(event.run_id, WHOLE);
      yield* (await watch.page(event.seq - 1, 1)).data;
    } else if (last < event.cursor) place.again();
  }

  for await (const frame of framesOf(watch.limits, place, open)) {
    switch (frame.type) {
      case 'events':
        yield* said(frame);
        break;
      case 'subscribed':
        place.cursor ??= frame.cursor;
        yield* rows();
        break;
      case 'error':
        // Too far back: what was begun is read to its end, what is over comes as rows.
        for (const runId of atWork)
          for await (const seen of untilGone(watch.read(runId, runs.get(runId))))
            yield* fresh([seen]);
        place.cursor = undefined;
        place.again();
        break;
      case 'message.created':
      case 'run.started':
      case 'run.ended':
      case 'thread.updated':
        yield* happened(frame);
        if ('deleted' in frame) return;
        break;
      default:
    }
  }
}

/** The same, one message after the other. */
async function* byHttp(watch: Watch): AsyncGenerator<Told> {
  let seq = watch.afterSeq;
  for await (const event of watch.events()) {
    yield event;
    if ('deleted' in event) return;
    for (let isMore = true; isMore;) {
      const { data, has_more } = await watch.page(seq);
      isMore = has_more;
      for (const row of data) {
        if (row.run_id === null || isOver(row)) yield row;
        else yield* untilGone(whole(watch, row.run_id));
        ({ seq } = row);
      }
    }
  }
}

/** A run to its very end, also over the times when it waits for somebody. */
async function* whole(watch: Watch, runId: string): AsyncGenerator<SeenEvent> {
  for (let after: string | undefined; ;) {
    for await (const seen of watch.read(runId, after)) {
      after = seen.cursor;
      yield seen;
      if (isEnd(seen.event)) return;
    }
    await pause(WAIT_MS, watch.limits.signal);
  }
}

/** Forgets the oldest. */
const trim = (
  all: { readonly size: number; keys(): Iterator<string>; delete(key: string): unknown },
  max: number,
): void => {
  if (all.size > max) all.delete(all.keys().next().value ?? '');
};
