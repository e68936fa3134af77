import { afterAll, beforeAll, expect, test } from 'vitest';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';

let room: ForeignRoom;
beforeAll(async () => {
  room = await startForeignRoom();
});
afterAll(() => room.stop());

/** https://firebase.google.com/docs/reference/android/com/google/firebase/ai/type/FinishReason */
test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
])('an answer that ends by %s ends by %s in chat completions', async (finishReason, reason) => {
  const candidates = [{ content: { role: 'model' }, finishReason, index: 0 }];
  const usageMetadata = { promptTokenCount: 5, totalTokenCount: 5 };
  room.upstream.script = { chunks: [`data: ${JSON.stringify({ candidates, usageMetadata })}\n\n`] };
  const messages = [{ role: 'user', content: 'hi' }];
  const body = JSON.stringify({ model: 'gemini-2.5-flash', messages });
  const answer = await fetch(`${room.url}/v1/chat/completions`, { method: 'POST', body });
  expect(await answer.json()).toMatchObject({ choices: [{ finish_reason: reason }] });
});
