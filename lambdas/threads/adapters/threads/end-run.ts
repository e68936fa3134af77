import { AppError } from '../../../shared/app-error.ts';
import type { Run, RunEnd } from '../../domain/thread.ts';
import type { RunPlace } from '../../domain/thread-ids.ts';
import type { RunWriter } from '../../ports/chunks.ts';
import { CHUNK_WRITE, endRunWrites } from './end-run-writes.ts';
import { cancelWrite } from './open-turn-writes.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import type { EndRunResult } from '../../ports/store.ts';
import type { ThreadStoreDeps } from './table-thread-store.ts';
import { runOf, threadOf, type StoredThread } from './thread-items.ts';
import { metaKey, runKey } from './thread-keys.ts';

const TRIES_MAX = 100;
const PAUSE_MS = 20;

/** One transaction, tried again while only the thread's queue changed under it. */
export const endRun = async (
  deps: ThreadStoreDeps,
  run: Run,
  writer: RunWriter,
  end: RunEnd,
): Promise<EndRunResult> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const meta = await deps.tables.get('threads', metaKey(run));
    if (meta === null) return 'fenced';
    const thread = threadOf(run, meta);
    if (end.status === 'requires_action' && (await mayNotWait(deps, run, thread)))
      return 'cancel_asked';
    const outcome = await deps.tables.transact(endRunWrites(thread, run, writer, end));
    if (outcome.kind === 'written') return 'ended';
    // The answer of an earlier try may be lost: then the run says that this writer ended it.
    const stored = await deps.tables.get('threads', runKey(run));
    if (stored === null) return 'fenced';
    const now = runOf(run, stored);
    if (now.writer === writer.nonce && now.status === end.status) return 'ended';
    const isMine = now.epoch === writer.epoch && now.writer === writer.nonce;
    if (now.status !== run.status || (now.status === 'active' && !isMine)) return 'fenced';
    if (end.status === 'requires_action' && now.cancelAskedAtMs !== null) return 'cancel_asked';
    if (outcome.items[CHUNK_WRITE] !== undefined && end.events.length > 0) return 'index_taken';
    await deps.timers.sleep(PAUSE_MS * deps.random());
  }
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The thread is too busy to end its run; it is ended later.',
  });
};

/** A later turn follows it that ends waits: nobody may ever answer what this run would wait for. */
const mayNotWait = async (
  { tables }: ThreadStoreDeps,
  run: Run,
  { queue }: StoredThread,
): Promise<boolean> => {
  const later = queue.filter((seq) => seq > run.seq);
  if (later.length === 0) return false;
  const keys = later.map((seq) => runKey({ ...run, seq }));
  const items = await tables.getMany('threads', keys);
  return items.some((item) => runOf(run, item).settings.endsWait === true);
};

/** A flag for the producer; a run without one is ended by whoever asked, or by the sweep. */
export const cancelRun = async (
  tables: Tables,
  run: RunPlace,
  nowMs: number,
): Promise<Run | null> => {
  await tables.write(cancelWrite(run, nowMs));
  const item = await tables.get('threads', runKey(run));
  return item === null ? null : runOf(run, item);
};
