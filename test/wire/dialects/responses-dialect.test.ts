import { expect, test } from 'vitest';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { responsesDialect } from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import { framesOf, terminal } from '../../support/run-events.ts';
import { dataOf, LOOP } from '../../support/dialect-runs.ts';

test('Responses get items in order, complete again in the last event', () => {
  const events = framesOf(responsesDialect, LOOP).map(dataOf);
  const types = events.map((event) => JSON.stringify(event).match(/"type":"(response[^"]+)"/)?.[1]);
  expect(types).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(events.at(-1)).toMatchObject({
    response: {
      id: 'resp_0123_2',
      status: 'completed',
      usage: { input_tokens: 7, output_tokens: 5, total_tokens: 12 },
      output: [
        { type: 'reasoning', summary: [{ text: 'Hm' }] },
        { type: 'message', content: [{ text: 'I look' }] },
        { type: 'function_call', call_id: 'toolu_1', arguments: '{"city":"Bonn"}' },
        { type: 'function_call_output', call_id: 'toolu_1', output: 'sunny' },
        { type: 'message', content: [{ text: 'Grüße 🙂' }] },
      ],
    },
  });
});

test.each([
  ['run.cancelled', 'incomplete', { status: 'cancelled', incomplete_details: null }],
  ['run.failed', 'failed', { error: { code: 'provider_error', message: 'It broke.' } }],
] as const)('%s ends a response as %s, its open item incomplete', (type, status, facts) => {
  const events = framesOf(responsesDialect, [...LOOP.slice(0, 6), terminal(type)]).map(dataOf);
  expect(events.at(-1)).toMatchObject({
    type: `response.${status}`,
    response: {
      status,
      ...facts,
      output: [{}, { status: 'incomplete', content: [{ text: 'I ' }] }],
    },
  });
});

test('a run that waits is a complete response, and goes on as another one', () => {
  const wait: RunEvent = { type: 'run.requires_action', tool_use_ids: ['toolu_1'] };
  const at = LOOP.findIndex(({ type }) => type === 'tool_result');
  const events = framesOf(responsesDialect, [...LOOP.slice(0, at), wait, ...LOOP.slice(at)]);
  const ids = new Set(
    events.map(dataOf).flatMap((event) => JSON.stringify(event).match(/resp_\w+/)?.[0] ?? []),
  );
  expect([...ids]).toEqual(['resp_0123_2', 'resp_0123_2_1']);
});
