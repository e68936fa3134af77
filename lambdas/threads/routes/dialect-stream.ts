import type { LoggedEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/thread.ts';
import type { DialectRun } from '../formats/dialect.ts';
import { runPlace } from './reach.ts';

export const dialectRun = (run: Run): DialectRun => ({
  ...runPlace(run),
  model: run.settings.model,
  createdAtMs: run.createdAtMs,
});

/** The events of a log's pages. */
export async function* eachEvent(
  pages: AsyncIterable<readonly LoggedEvent[]>,
): AsyncGenerator<LoggedEvent> {
  for await (const page of pages) yield* page;
}
