import { recordEntry } from '../platform/batch-entry.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { threadChangeOf } from './adapters/threads/thread-change.ts';
import { fanOut } from './sockets/usecases/fan-out.ts';
import { wireFanOut } from './wire/fan-out.ts';

const sockets = wireFanOut();

/** Threads stream: what happened to a thread, to every socket that watches it. */
export const handler = recordEntry(async (record) => {
  const change = threadChangeOf(record);
  if (change === null || (await fanOut(sockets, change)) === 0) return;
  if (change.writtenAtMs === null) return;
  recordMetrics({ fanOutLagMs: Math.max(0, sockets.timers.nowMs() - change.writtenAtMs) });
});
