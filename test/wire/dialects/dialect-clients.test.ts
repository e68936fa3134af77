import Anthropic from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { foldSteps } from '../../../lambdas/threads/domain/fold-steps.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { nativeDialect } from '../../../lambdas/threads/dialects/native/formats/native-dialect.ts';
import { responsesDialect } from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import {
  bracketEnd,
  bracketStart,
  framesOf,
  plainRuns,
  terminal,
  told,
  toolUse,
} from '../../support/run-events.ts';

const answering = (texts: readonly string[]) => () =>
  Promise.resolve(
    new Response(texts.join(''), { headers: { 'content-type': 'text/event-stream' } }),
  );

/** Words of the answer that the run becomes, and those that refuse. */
const wordsOf = (events: readonly RunEvent[], refuses = false): string =>
  foldSteps(events)
    .flatMap(({ content }) => content)
    .flatMap((block) =>
      block.type === 'text' && (block.refuses ?? false) === refuses ? [block.text] : [],
    )
    .join('');

test('the OpenAI SDK puts every run together, by its own checks, with the words of the stored message', async () => {
  await fc.assert(
    fc.asyncProperty(plainRuns, async (events) => {
      const texts = framesOf(responsesDialect, events).map(({ text }) => text);
      const client = new OpenAI({
        apiKey: 'k',
        baseURL: 'http://sluice',
        fetch: answering(texts),
      });
      const stream = client.responses.stream({ model: 'm', input: 'Hi' });
      const final = await stream.finalResponse();
      expect(final.output_text).toBe(wordsOf(events));
      const parts = final.output.flatMap((item) => (item.type === 'message' ? item.content : []));
      const refusals = parts.flatMap((part) => (part.type === 'refusal' ? [part.refusal] : []));
      expect(refusals.join('')).toBe(wordsOf(events, true));
      const last = events.at(-1)?.type;
      expect(final.status).toBe(
        new Map([
          ['run.completed', 'completed'],
          ['run.failed', 'failed'],
          ['run.cancelled', 'cancelled'],
        ]).get(last ?? '') ?? 'incomplete',
      );
    }),
    { numRuns: 50 },
  );
});

test('the OpenAI SDK takes a turn that was told anew, its voided items incomplete', async () => {
  const events: readonly RunEvent[] = [
    bracketStart,
    ...told(0, { type: 'text', text: '' }, ['Half']).slice(0, -1),
    { type: 'run.resumed', epoch: 2, restart: true },
    bracketStart,
    ...told(0, { type: 'text', text: '' }, ['Whole']),
    ...bracketEnd('end_turn'),
    terminal('run.completed'),
  ];
  const texts = framesOf(responsesDialect, events).map(({ text }) => text);
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://sluice', fetch: answering(texts) });
  const final = await client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse();
  expect(final.output).toMatchObject([{ status: 'incomplete' }, { status: 'completed' }]);
});

test('the Anthropic SDK puts a native turn together, cursors and run events beside it', async () => {
  const events: readonly RunEvent[] = [
    bracketStart,
    ...told(0, { type: 'thinking', thinking: '' }, ['Hm']),
    ...told(1, { type: 'text', text: '' }, ['Grüße ', '🙂']),
    ...told(2, toolUse('toolu_1'), ['{"city":', '"Bonn"}']),
    ...bracketEnd('tool_use'),
    terminal('run.completed'),
  ];
  const texts = framesOf(nativeDialect, events).map(({ text }) => text);
  const client = new Anthropic({ apiKey: 'k', baseURL: 'http://sluice', fetch: answering(texts) });
  const message = await client.messages
    .stream({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] })
    .finalMessage();
  expect(message).toMatchObject({
    id: 'msg_0123_2',
    stop_reason: 'tool_use',
    content: [
      { type: 'thinking', thinking: 'Hm' },
      { type: 'text', text: 'Grüße 🙂' },
      { type: 'tool_use', id: 'toolu_1', name: 'server/weather', input: { city: 'Bonn' } },
    ],
  });
});
