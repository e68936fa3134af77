import * as z from 'zod';
import { cutFrames, framesOf } from '../domain/frames.ts';
import type { JobError } from '../domain/job.ts';

const lastEvent = z.object({
  type: z.enum(['response.completed', 'response.incomplete', 'response.failed']),
  response: z.looseObject({ id: z.string() }),
});
const failed = z.object({
  status: z.literal('failed'),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
});

/** Why a response failed; null: it did not. */
export const failureOf = (response: object | null): JobError | null => {
  const read = failed.safeParse(response).data;
  if (read === undefined) return null;
  return read.error ?? { code: 'provider_error', message: 'The response failed.' };
};

/** The response that the last event of its stream shows; null: it is not over. */
export const lastResponse = (text: string): object | null => {
  for (const frame of framesOf(text).toReversed()) {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined || !data.startsWith('{')) continue;
    return lastEvent.safeParse(JSON.parse(data)).data?.response ?? null;
  }
  return null;
};

/** A stream as it comes, and its response at its end, as far as what came of it shows that. */
export const withEnd = (
  body: AsyncIterable<Uint8Array>,
): { readonly body: AsyncIterable<Uint8Array>; readonly end: () => object | null } => {
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
  return { body: read(), end: () => lastResponse(last) };
};
