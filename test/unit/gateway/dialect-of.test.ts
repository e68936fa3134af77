import { expect, test } from 'vitest';
import { dialectOf } from '../../../lambdas/gateway/formats/dialect-of.ts';

test.each([
  ['/v1/embeddings', {}, 'openai'],
  ['/v1/images/generations', {}, 'openai'],
  ['/v1/audio/speech', {}, 'openai'],
  ['/v1/audio/transcriptions', {}, 'openai'],
  ['/v1/responses/resp_1', {}, 'openai'],
  ['/v1/chat/nothing', {}, 'openai'],
  ['/v1/files', {}, 'openai'],
  ['/v1/files', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
  ['/v1/messages/batches', {}, 'anthropic'],
  ['/v1/complete', {}, 'anthropic'],
  ['/v1/completions', {}, 'openai'],
  ['/elevenlabs/v1/text-to-speech/x', {}, 'elevenlabs'],
  ['/v1/keyz', {}, 'native'],
  ['/v1/chatter', {}, 'native'],
  ['/', {}, 'native'],
])('%s with %j is answered in the dialect %s', (path, headers, dialect) => {
  expect(dialectOf({ path, headers })).toBe(dialect);
});
