import { expect, test } from 'vitest';
import { peekAnswer } from '../../../lambdas/inference/calls/peek-answer.ts';
import { textOf } from '../../support/engine-room.ts';

test('a stream that is silent for too long is handed on as it is, and nothing of it is lost', async () => {
  const word = Promise.withResolvers<string>();
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('start ');
    yield Buffer.from(await word.promise);
    yield Buffer.from(' end');
  }
  const answer = await peekAnswer({ status: 200, headers: {}, body: body() }, () => false, 1);
  word.resolve('word');
  expect(await textOf(answer)).toBe('start word end');
});

test('a stream that breaks after it was handed on breaks for its reader alone', async () => {
  const word = Promise.withResolvers<string>();
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(await word.promise);
  }
  const answer = await peekAnswer({ status: 200, headers: {}, body: body() }, () => false, 1);
  word.reject(new Error('broke'));
  await expect(textOf(answer)).rejects.toThrow('broke');
});
