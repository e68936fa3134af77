import { WorkflowChatTransport } from '@ai-sdk/workflow/client';
import {
  DefaultChatTransport,
  parseJsonEventStream,
  readUIMessageStream,
  uiMessageChunkSchema,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldSteps } from '../../lambdas/threads/domain/fold-steps.ts';
import type { RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import { messageIdOf, runIdOf } from '../../lambdas/threads/domain/thread-ids.ts';
import {
  AI_SDK_DONE,
  AI_SDK_HEADERS,
  aiSdkDialect,
} from '../../lambdas/threads/dialects/ai-sdk/formats/ai-sdk-dialect.ts';
import { RUN, framesOf, plainRuns, runs } from '../support/run-events.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'x-workflow-run-id': runIdOf(RUN.threadId, RUN.seq),
  ...AI_SDK_HEADERS,
};
/** What the model reads when a person said no. */
const DENIED = 'A person refused this call.';
const ASK: UIMessage = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Hi' }] };

const streamOf = (texts: readonly string[]) => new Blob([...texts]).stream();
const textsOf = (events: readonly RunEvent[]) =>
  framesOf(aiSdkDialect, events).map(({ text }) => text);

/** The chunks, by the SDK's own schema; the first that it refuses fails. */
const parsed = (texts: readonly string[]): ReadableStream<UIMessageChunk> =>
  parseJsonEventStream({
    stream: streamOf([...texts, AI_SDK_DONE]),
    schema: uiMessageChunkSchema,
  }).pipeThrough(
    new TransformStream({
      transform: (result, controller) => {
        if (!result.success) throw result.error;
        controller.enqueue(result.value);
      },
    }),
  );

const lastMessage = async (stream: ReadableStream<UIMessageChunk>): Promise<UIMessage> => {
  const messages: UIMessage[] = [];
  const errors: unknown[] = [];
  for await (const message of readUIMessageStream({
    stream,
    onError: (error) => errors.push(error),
  }))
    messages.push(message);
  const last = messages.at(-1);
  if (last === undefined) throw new Error('the SDK made no message', { cause: errors[0] });
  return last;
};

/** Words, thoughts and calls with their results, as the SDK shows them; a call that was cut has no result to show. */
const shownBy = (message: UIMessage) =>
  message.parts.flatMap((part): readonly string[] => {
    if (part.type === 'text' || part.type === 'reasoning')
      return part.text === '' ? [] : [`${part.type} ${part.text}`];
    if (!('toolCallId' in part)) return [];
    if (part.state === 'output-available')
      return [`${part.toolCallId} ${JSON.stringify(part.output)}`];
    if (part.state === 'output-denied') return [`${part.toolCallId} ${JSON.stringify(DENIED)}`];
    return part.state === 'output-error' && !part.errorText.startsWith('The call was cut')
      ? [`${part.toolCallId} ${JSON.stringify(part.errorText)}`]
      : [];
  });

/** The same of the message that history stores. */
const storedOf = (events: readonly RunEvent[]) => {
  const blocks = foldSteps(events).flatMap(({ content }) => content);
  const results = new Map(
    blocks.flatMap((block) =>
      block.type === 'tool_result'
        ? [[block.tool_use_id, JSON.stringify(block.content)] as const]
        : [],
    ),
  );
  return blocks.flatMap((block): readonly string[] => {
    if (block.type === 'text') return block.text === '' ? [] : [`text ${block.text}`];
    if (block.type === 'thinking')
      return block.thinking === '' ? [] : [`reasoning ${block.thinking}`];
    if (block.type !== 'tool_use') return [];
    const result = results.get(block.id);
    return result === undefined ? [] : [`${block.id} ${result}`];
  });
};

test('the AI SDK shows what history stores, however a run was cut, told anew or left waiting', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (events) => {
      const message = await lastMessage(parsed(textsOf(events)));
      expect(message.id).toBe(messageIdOf(RUN.threadId, RUN.seq));
      expect(shownBy(message)).toEqual(storedOf(events));
    }),
    { numRuns: 100 },
  );
});

test('a chat of the AI SDK reads an answer and, after a reload, the same one again', async () => {
  await fc.assert(
    fc.asyncProperty(plainRuns, async (events) => {
      const transport = new DefaultChatTransport({
        api: 'http://sluice/v1/ai/chat',
        fetch: () =>
          Promise.resolve(
            new Response(streamOf([...textsOf(events), AI_SDK_DONE]), { headers: HEADERS }),
          ),
      });
      const sent = await transport.sendMessages({
        trigger: 'submit-message',
        chatId: 'c',
        messageId: undefined,
        messages: [ASK],
        abortSignal: undefined,
      });
      const again = await transport.reconnectToStream({ chatId: 'c' });
      if (again === null) throw new Error('nothing to resume');
      const [first, second] = [await lastMessage(sent), await lastMessage(again)];
      expect(second).toEqual(first);
      expect(shownBy(first)).toEqual(storedOf(events));
    }),
    { numRuns: 20 },
  );
});

test('the transport that counts chunks resumes at any of them without a gap or a double', async () => {
  await fc.assert(
    fc.asyncProperty(plainRuns, fc.nat(), async (events, place) => {
      const texts = textsOf(events);
      const cut = 1 + (place % texts.length);
      const requests: string[] = [];
      const answer = async (url: string): Promise<Response> => {
        requests.push(url);
        const start = Number(new URL(url).searchParams.get('startIndex') ?? 0);
        const frames = texts.slice(start);
        const isFirst = requests.length === 1;
        return new Response(streamOf(isFirst ? frames.slice(0, cut) : frames), {
          headers: HEADERS,
        });
      };
      const transport = new WorkflowChatTransport({
        api: 'http://sluice/v1/ai/chat',
        fetch: (input) => answer(input instanceof Request ? input.url : String(input)),
      });
      const stream = await transport.sendMessages({
        trigger: 'submit-message',
        chatId: 'c',
        messages: [],
      });
      expect(shownBy(await lastMessage(stream))).toEqual(storedOf(events));
      expect(requests).toHaveLength(cut === texts.length ? 1 : 2);
    }),
    { numRuns: 50 },
  );
});
