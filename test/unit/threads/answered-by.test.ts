import { describe, expect, test } from 'vitest';
import type { Answerer } from '../../../lambdas/inference/turn/answerer.ts';
import { aiSdkDialect } from '../../../lambdas/threads/dialects/ai-sdk/formats/ai-sdk-dialect.ts';
import {
  responseOf,
  responsesDialect,
} from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import type { Dialect } from '../../../lambdas/threads/domain/dialect.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import {
  bracketEnd,
  bracketStart,
  framesOf,
  logged,
  RUN,
  terminal,
  told,
  toolUse,
} from '../../support/run-events.ts';

const FIRST: Answerer = { model: 'gpt-5-nano', provider: 'openai', route: 'auto; used=gpt-5-nano' };
const LAST: Answerer = {
  model: 'claude-haiku-4-5',
  provider: 'anthropic',
  route: 'auto; try=gpt-5-nano:429; used=claude-haiku-4-5',
  simulated: true,
};
const PLAIN: Answerer = { model: 'gpt-5-nano', provider: 'openai' };

const startBy = (by: Answerer | null): RunEvent =>
  by === null || bracketStart.type !== 'message_start'
    ? bracketStart
    : { ...bracketStart, message: { ...bracketStart.message, by } };
const callBy = (by: Answerer | null): readonly RunEvent[] => [
  startBy(by),
  ...told(0, toolUse('c1'), ['{}']),
  ...bracketEnd('tool_use'),
];
const wordsBy = (by: Answerer | null): readonly RunEvent[] => [
  startBy(by),
  ...told(0, { type: 'text', text: '' }, ['Sunny']),
  ...bracketEnd('end_turn'),
];
const WAITS: RunEvent = { type: 'run.requires_action', tool_use_ids: ['c1'] };

/** The data of the last frame of each response of a run. */
const endsOf = <S>(dialect: Dialect<S>, events: readonly RunEvent[]): readonly unknown[] =>
  framesOf(dialect, events)
    .filter(({ ends }) => ends)
    .map(({ text }): unknown => JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''));

describe('who answered a run of several turns', () => {
  const events = (first: Answerer | null, last: Answerer | null): readonly RunEvent[] => [
    ...callBy(first),
    WAITS,
    ...wordsBy(last),
    { ...terminal('run.completed'), ...last },
  ];

  test('is in the last event of each response: the one who answered it last', () => {
    expect(endsOf(responsesDialect, events(FIRST, LAST))).toMatchObject([
      { type: 'response.completed', response: { model: FIRST.model } },
      { type: 'response.completed', response: { model: LAST.model } },
    ]);
    expect(endsOf(aiSdkDialect, events(FIRST, LAST))).toMatchObject([
      { type: 'finish', finishReason: 'tool-calls', messageMetadata: FIRST },
      { type: 'finish', messageMetadata: LAST },
    ]);
    expect(responseOf(RUN, logged(callBy(FIRST).concat(WAITS)))).toMatchObject({
      model: FIRST.model,
    });
  });

  test('has no route where none was followed, and a response has the name that was asked for', () => {
    for (const one of endsOf(responsesDialect, events(PLAIN, PLAIN)))
      expect(one).toMatchObject({ response: { model: RUN.model } });
    for (const one of endsOf(aiSdkDialect, events(PLAIN, PLAIN))) {
      expect(one).toMatchObject({ messageMetadata: PLAIN });
      expect(one).not.toHaveProperty('messageMetadata.route');
    }
  });

  test('is nobody in a run of before it was written down, which is told as it was', () => {
    for (const one of endsOf(responsesDialect, events(null, null)))
      expect(one).toMatchObject({ response: { model: RUN.model } });
    const [waiting, finish] = endsOf(aiSdkDialect, events(null, null));
    expect(waiting).toEqual({ type: 'finish', finishReason: 'tool-calls' });
    expect(finish).not.toHaveProperty('messageMetadata.model');
  });
});
