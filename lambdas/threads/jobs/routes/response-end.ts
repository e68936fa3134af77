import * as z from 'zod';
import { cutFrames, framesOf } from '../domain/frames.ts';

const lastEvent = z.object({
  type: z.enum(['response.completed', 'response.incomplete', 'response.failed']),
  response: z.looseObject({ id: z.string() }),
});

/** The response that the last event of its stream shows; null: it is not over. */
export const lastResponse = (text: string): object | null => {
  for (const frame of framesOf(text).toReversed()) {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined || !data.startsWith('{')) continue;
    return lastEvent.safeParse(JSON.parse(data)).data?.response ?? null;
  }
  return null;
};

/** A stream as it comes, and whether what came of it shows its response's end. */
export const withEnd = (
  body: AsyncIterable<Uint8Array>,
): { readonly body: AsyncIterable<Uint8Array>; readonly isEnded: () => boolean } => {
  let last = '';
  const read = async function* (): AsyncGenerator<Uint8Array> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const piece of body) {
      const cut = cutFrames(rest + decoder.decode(piece, { stream: true }));
      rest = cut.rest;
      last = cut.frames.findLast((frame) => frame.includes('data: {')) ?? last;
      yield piece;
    }
  };
  return { body: read(), isEnded: () => lastResponse(last) !== null };
};
