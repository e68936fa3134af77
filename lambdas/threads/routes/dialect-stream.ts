import type { LoggedEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/thread.ts';
import { framesAfter, type Dialect, type DialectRun } from '../formats/dialect.ts';
import { runPlace } from './reach.ts';

export const dialectRun = (run: Run): DialectRun => ({
  ...runPlace(run),
  model: run.settings.model,
  createdAtMs: run.createdAtMs,
});

/** A run in somebody's wire, behind an ordinal (-1: all of it); `closing` ends every response of the dialect. */
export async function* dialectStream<S>(
  dialect: Dialect<S>,
  run: Run,
  pages: AsyncIterable<readonly LoggedEvent[]>,
  ordinal: number,
  closing = '',
): AsyncGenerator<Uint8Array> {
  for await (const { text } of framesAfter(dialect, dialectRun(run), events(pages), ordinal))
    yield Buffer.from(text);
  if (closing !== '') yield Buffer.from(closing);
}

async function* events(pages: AsyncIterable<readonly LoggedEvent[]>): AsyncGenerator<LoggedEvent> {
  for await (const page of pages) yield* page;
}
