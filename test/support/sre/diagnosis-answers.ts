import { chunk, DONE, stream, usageChunk } from '../scripted-answers.ts';
import type { Script } from '../scripted-upstream.ts';
import { LINE } from './diagnosis-room.ts';

/** Claims that cite the one line of the room. */
export const claims = (...texts: readonly string[]) =>
  texts.map((text) => ({ text, cites: [LINE] }));
/** What a model that does as it is asked says of the room's incident. */
export const GOOD = {
  summary: claims('cart ran out of memory.'),
  root_cause: claims('Its heap is too small for the load.'),
  blast_radius: [{ text: 'Nobody can put anything into a cart.', cites: ['cause'] }],
  fix_steps: claims('Restart cart.', 'Raise its limit.'),
  confidence: 'high',
};
export const stopped = (reason: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: reason }] })}\n\n`;
export const answer = (status: number, body: object): Script => ({
  status,
  type: 'application/json',
  chunks: [JSON.stringify(body)],
});
/** The model says this, and how it stopped. */
export const says = (text: string, finish = 'stop') =>
  stream(
    chunk(text),
    stopped(finish),
    usageChunk({ prompt_tokens: 900, completion_tokens: 80, total_tokens: 980 }),
    DONE,
  );
