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
  const isWhole = chunks[0]?.index === after + 1 && chunks.at(-1)?.index === count - 1;
  return isWhole ? chunks : await deps.chunks.readPacked(place, after);
};
