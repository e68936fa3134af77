import type { HttpAnswer } from '../../platform/http-entry.ts';
import { BEFORE_FIRST } from '../domain/log-cursor.ts';
import type { LoggedEvent } from '../domain/run-event.ts';
import { runIdOf } from '../domain/thread-ids.ts';
import type { Run } from '../domain/thread.ts';
import { pinnedDialect } from '../formats/dialects.ts';
import { NATIVE_PING } from '../formats/native-stream.ts';
import { dialectRun } from './dialect-stream.ts';

type Pages = AsyncIterable<readonly LoggedEvent[]>;

/** Where a turn or a stream is about: on every answer of it, streamed or not. */
export const runHeaders = (run: Run): Readonly<Record<string, string>> => ({
  'x-sluice-thread-id': run.threadId,
  'x-sluice-run-id': runIdOf(run.threadId, run.seq),
  'x-sluice-seq': String(run.seq),
});

/** A run's own stream behind an event; `pagesAfter` reads the log behind another one. */
export const nativeAnswer = (
  run: Run,
  afterIndex: number,
  pagesAfter: (index: number) => Pages,
): HttpAnswer => ({
  status: 200,
  headers: {
    ...runHeaders(run),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  },
  heartbeat: NATIVE_PING,
  body: framesOf(run, afterIndex, pagesAfter),
});

async function* framesOf(
  run: Run,
  afterIndex: number,
  pagesAfter: (index: number) => Pages,
): AsyncGenerator<Uint8Array> {
  const dialect = pinnedDialect(run.settings.dialects, 'native');
  const tell = dialect.teller(dialectRun(run));
  for await (const page of pagesAfter(dialect.isStateless ? afterIndex : BEFORE_FIRST)) {
    const texts = page.flatMap((logged) => {
      const frames = tell(logged);
      return logged.index > afterIndex ? frames.map(({ text }) => text) : [];
    });
    if (texts.length > 0) yield Buffer.from(texts.join(''));
  }
}
