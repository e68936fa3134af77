import { getToolName, isToolUIPart, type UIMessage, type UIMessageChunk } from 'ai';
import { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } from 'ai';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageOf, shownMessages, type Message } from '../../examples/chat/page/rows.ts';
import type { Row } from '../../examples/chat/page/sluice.ts';
import { foldSteps } from '../../lambdas/threads/domain/fold-steps.ts';
import type { RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import { messageIdOf } from '../../lambdas/threads/domain/thread-ids.ts';
import {
  AI_SDK_DONE,
  aiSdkDialect,
} from '../../lambdas/threads/dialects/ai-sdk/formats/ai-sdk-dialect.ts';
import { RUN, framesOf, runs } from '../support/run-events.ts';

const rowOf = (events: readonly RunEvent[], status: string): Row => {
  const steps = foldSteps(events);
  return {
    id: messageIdOf(RUN.threadId, RUN.seq),
    seq: RUN.seq,
    role: 'assistant',
    content: steps.flatMap(({ content }) => content.map((block) => ({ ...block }))),
    tools: steps.flatMap(({ tools }) =>
      tools.map(({ toolUseId, status: of }) => ({ tool_use_id: toolUseId, status: of })),
    ),
    status,
    request_id: 'u1',
    model: 'gpt-4o-mini',
    cost_micros: 12,
  };
};

/** What the SDK makes of a run's stream. */
const streamed = async (events: readonly RunEvent[]): Promise<UIMessage> => {
  const texts = framesOf(aiSdkDialect, events).map(({ text }) => text);
  const stream: ReadableStream<UIMessageChunk> = parseJsonEventStream({
    stream: new Blob([...texts, AI_SDK_DONE]).stream(),
    schema: uiMessageChunkSchema,
  }).pipeThrough(
    new TransformStream({
      transform: (result, controller) => {
        if (!result.success) throw result.error;
        controller.enqueue(result.value);
      },
    }),
  );
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream, onError: () => undefined }))
    last = message;
  if (last === undefined) throw new Error('the SDK made no message');
  return last;
};

/** Words, thoughts, and calls that came to an end. */
const shown = ({ parts }: UIMessage) =>
  parts.flatMap((part): readonly unknown[] => {
    if (part.type === 'text' || part.type === 'reasoning')
      return part.text === '' ? [] : [[part.type, part.text]];
    if (!isToolUIPart(part)) return [];
    const call = [getToolName(part), part.toolCallId, part.state];
    if (part.state === 'output-available') return [[...call, part.output]];
    if (part.state === 'output-denied') return [call];
    return part.state === 'output-error' && !part.errorText.startsWith('The call was cut')
      ? [[...call, part.errorText]]
      : [];
  });

test('a stored answer looks as it did when it came, whatever became of its run', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (events) => {
      const row = messageOf(rowOf(events, 'complete'));
      const live = await streamed(events);
      expect(row.id).toBe(live.id);
      expect(shown(row)).toEqual(shown(live));
    }),
    { numRuns: 100 },
  );
});

const live = (id: string, text: string): Message => ({
  id,
  role: id.startsWith('msg_') ? 'assistant' : 'user',
  parts: [{ type: 'text', text }],
});
const stored = (seq: number, status: string, requestId: string): Row => ({
  id: `msg_${seq}`,
  seq,
  role: seq % 2 === 1 ? 'user' : 'assistant',
  content: [{ type: 'text', text: `stored ${seq}` }],
  status,
  request_id: requestId,
  model: null,
  cost_micros: 0,
});
const texts = (rows: readonly Row[], messages: readonly Message[]) =>
  shownMessages(rows, messages).map(({ parts: [part] }) =>
    part?.type === 'text' ? part.text : '',
  );

test('each message is shown once: as it streams until it is stored, in its place, then as it is stored', () => {
  const said = live('u1', 'said');
  const answer = live('msg_2', 'told so far');
  expect(texts([], [said, answer])).toEqual(['said', 'told so far']);
  expect(texts([stored(1, 'complete', 'u1')], [said, answer])).toEqual(['stored 1', 'told so far']);
  const waiting = [stored(3, 'complete', 'u2'), stored(4, 'queued', 'u2')];
  expect(
    texts([stored(1, 'complete', 'u1'), stored(2, 'streaming', 'u1'), ...waiting], [said, answer]),
  ).toEqual(['stored 1', 'told so far', 'stored 3', 'stored 4']);
  expect(texts([stored(1, 'complete', 'u1'), stored(2, 'complete', 'u1')], [said, answer])).toEqual(
    ['stored 1', 'stored 2'],
  );
});

test('a call that waits for a decision asks for it, and what an answer cost is told when it is over', () => {
  const tool = { type: 'tool_use', id: 'call_1', name: 'look', input: { at: 'sea' } };
  const row = { ...stored(2, 'requires_action', 'u1'), content: [tool], cost_micros: 12 };
  expect(messageOf(row).parts).toEqual([
    {
      type: 'tool-look',
      toolCallId: 'call_1',
      state: 'approval-requested',
      input: { at: 'sea' },
      approval: { id: 'call_1' },
    },
  ]);
  expect(messageOf(row).metadata).toBeUndefined();
  expect(messageOf({ ...row, status: 'complete' }).metadata).toMatchObject({ costMicros: 12 });
});
