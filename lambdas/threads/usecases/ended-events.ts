import type { LoggedEvent } from '../domain/run-event.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { ChunkLog } from '../ports/chunks.ts';

/** The tail of an ended run: its chunks while they live, its packed log after that. */
export const endedEvents = async (
  deps: { readonly chunks: ChunkLog },
  place: RunPlace,
  after: number,
  count: number,
): Promise<readonly LoggedEvent[]> => {
  if (after >= count - 1) return [];
  const chunks = await deps.chunks.read(place, after);
  const isWhole = withoutGap(chunks, after).length === count - 1 - after;
  return isWhole ? chunks : await deps.chunks.readPacked(place, after);
};

/** What follows an index without a gap. Chunks that expired are removed in any order. */
export const withoutGap = (
  events: readonly LoggedEvent[],
  after: number,
): readonly LoggedEvent[] => {
  const gap = events.findIndex(({ index }, offset) => index !== after + 1 + offset);
  return gap === -1 ? events : events.slice(0, gap);
};
