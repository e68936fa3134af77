import type { Answerer } from '../../inference/turn/answerer.ts';
import { peekPieces } from '../../shared/peek.ts';
import { answererOf } from '../domain/answerer.ts';
import { endsStream, type LoggedEvent } from '../domain/run-event.ts';

type Pages = AsyncIterable<readonly LoggedEvent[]>;

/** How long a stream's headers wait for the one who answers, as they do on the routes that ask one model. */
const PEEK_MS = 2_000;

/** Who begins to answer, and all that is told. null: nobody did in time, and the last event says who did. */
export const peekAnswerer = async (
  pages: Pages,
): Promise<{ readonly by: Answerer | null; readonly pages: Pages }> => {
  let by: Answerer | null = null;
  let isOver = false;
  const look = (page: readonly LoggedEvent[]): void => {
    const events = page.map(({ event }) => event);
    by ??= answererOf(events);
    isOver ||= events.some(endsStream);
  };
  const whole = await peekPieces(pages, () => by !== null || isOver, look, PEEK_MS);
  return { by, pages: whole };
};
