import { expect, test } from 'vitest';
import { TURN_MESSAGES_MAX } from '../../../lambdas/threads/domain/limits.ts';
import { packMessages } from '../../../lambdas/threads/domain/pack-messages.ts';
import type { NewMessage } from '../../../lambdas/threads/domain/thread.ts';
import { text } from '../../support/turns.ts';

const said = (role: NewMessage['role'], words: string): NewMessage => ({
  role,
  content: [text(words)],
});

test('few messages stay as they are', () => {
  const few = Array.from({ length: TURN_MESSAGES_MAX }, () => said('user', 'a'));
  expect(packMessages(few)).toBe(few);
});

test('of many, those of one speaker that follow each other become one, in order', () => {
  const many = Array.from({ length: 100 }, (_, index) =>
    said(index % 4 < 2 ? 'user' : 'assistant', String(index)),
  );
  const packed = packMessages(many);
  expect(packed).toHaveLength(50);
  expect(packed?.flatMap(({ content }) => content)).toEqual(many.flatMap(({ content }) => content));
});

test('too many turns are no transaction', () => {
  const turns = Array.from({ length: 100 }, (_, index) =>
    said(index % 2 === 0 ? 'user' : 'assistant', 'a'),
  );
  expect(packMessages(turns)).toBeNull();
});
