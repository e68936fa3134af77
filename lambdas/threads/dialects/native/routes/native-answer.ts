import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import { WAIT_LOOK_MS } from '../../../domain/limits.ts';
import { BEFORE_FIRST } from '../../../domain/log-cursor.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import { runIdOf } from '../../../domain/thread-ids.ts';
import type { Run } from '../../../domain/thread.ts';
import { nativeNameOf, pinnedDialect } from '../../formats/dialects.ts';
import { NATIVE_PING } from '../formats/native-stream.ts';
import { qlaudSeq } from '../../qlaud/formats/qlaud-rows.ts';
import { readRun } from '../../../usecases/read-run.ts';
import type { RunCareDeps } from '../../../usecases/run-types.ts';
import { dialectRun } from '../../routes/dialect-stream.ts';
import { runPlace } from '../../../routes/reach.ts';

type Pages = AsyncIterable<readonly LoggedEvent[]>;

export interface NativeReading {
  readonly run: Run;
  /** Events up to and with this one were seen. */
  readonly afterIndex: number;
  /** What follows it, as far as it was read already. */
  readonly page?: readonly LoggedEvent[] | null;
  readonly nonce: string;
  readonly untilMs: number;
}

/** Where a turn or a stream is about: on every answer of it, streamed or not. */
export const runHeaders = (run: Run): Readonly<Record<string, string>> => ({
  'x-sluice-thread-id': run.threadId,
  'x-sluice-run-id': runIdOf(run.threadId, run.seq),
  'x-sluice-seq': String(run.seq),
  ...(isQlaud(run)
    ? {
        'x-qlaud-thread-id': run.threadId,
        'x-qlaud-assistant-seq': String(qlaudSeq(run.seq, 0)),
        'x-qlaud-resolved-model': run.settings.model,
      }
    : {}),
});

/** A run's own stream behind an event. `told`: its pages from the first event, where somebody has them already. */
export const nativeAnswer = (
  deps: RunCareDeps,
  reading: NativeReading,
  told: Pages | null = null,
): HttpAnswer => ({
  status: 200,
  headers: {
    ...runHeaders(reading.run),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  },
  heartbeat: NATIVE_PING,
  body: framesOf(deps, reading, told),
});

const isQlaud = (run: Run): boolean => nativeNameOf(run.settings.dialects) === 'qlaud';

async function* framesOf(
  deps: RunCareDeps,
  reading: NativeReading,
  told: Pages | null,
): AsyncGenerator<Uint8Array> {
  const { run, afterIndex } = reading;
  const dialect = pinnedDialect(run.settings.dialects, nativeNameOf(run.settings.dialects));
  const tell = dialect.teller(dialectRun(run));
  const pages = told ?? pagesAfter(deps, reading, dialect.isStateless ? afterIndex : BEFORE_FIRST);
  for await (const page of isQlaud(run) ? overWaits(deps, reading, pages) : pages) {
    const texts = page.flatMap((logged) => {
      const frames = tell(logged);
      return logged.index > afterIndex ? frames.map(({ text }) => text) : [];
    });
    if (texts.length > 0) yield Buffer.from(texts.join(''));
  }
}

const pagesAfter = (
  deps: RunCareDeps,
  { run, nonce, untilMs, ...read }: NativeReading,
  afterIndex: number,
) => {
  const page = afterIndex === read.afterIndex ? (read.page ?? null) : null;
  return readRun(deps, { run: runPlace(run), afterIndex, page, nonce, untilMs });
};

/** Clients of that API keep their one stream while a call waits for its result, and hear the rest on it. */
async function* overWaits(
  deps: RunCareDeps,
  reading: NativeReading,
  pages: Pages,
): AsyncGenerator<readonly LoggedEvent[]> {
  let last: LoggedEvent | undefined;
  for (let next = pages; ;) {
    for await (const page of next) {
      last = page.at(-1) ?? last;
      yield page;
    }
    if (last?.event.type !== 'run.requires_action' || deps.timers.nowMs() >= reading.untilMs)
      return;
    await deps.timers.sleep(WAIT_LOOK_MS);
    next = pagesAfter(deps, reading, last.index);
  }
}
