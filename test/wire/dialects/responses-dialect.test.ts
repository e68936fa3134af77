import { expect, test } from 'vitest';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import {
  responseOf,
  RESPONSES_VERSIONS,
  responsesDialect,
} from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import { framesOf, logged, RUN, terminal } from '../../support/run-events.ts';
import { dataOf, LOOP } from '../../support/dialect-runs.ts';

const BARE = {
  id: 'resp_0123_2',
  object: 'response',
  created_at: 1_700_000_000,
  model: 'claude-opus-5',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
};
const USAGE = {
  input_tokens: 7,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 12,
};

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
  const done = { status: 'completed' };
  const message = (id: string, text: string) => ({
    type: 'message',
    id,
    role: 'assistant',
    ...done,
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  });
  const call = { call_id: 'toolu_1', ...done };
  expect(events.at(-1)).toEqual({
    type: 'response.completed',
    sequence_number: 28,
    response: {
      ...BARE,
      ...done,
      output: [
        {
          type: 'reasoning',
          id: 'rs_0123_2_0_0',
          ...done,
          summary: [{ type: 'summary_text', text: 'Hm' }],
        },
        message('msg_0123_2_0_1', 'I look'),
        {
          type: 'function_call',
          id: 'fc_0123_2_0_2',
          ...call,
          name: 'weather',
          namespace: 'server',
          arguments: '{"city":"Bonn"}',
        },
        { type: 'function_call_output', id: 'fco_0123_2_1_0', ...call, output: 'sunny' },
        message('msg_0123_2_2_0', 'Grüße 🙂'),
      ],
      usage: USAGE,
    },
  });
});

test.each([
  ['run.cancelled', 'incomplete', { status: 'cancelled' }],
  ['run.failed', 'failed', { error: { code: 'server_error', message: 'It broke.' } }],
  [
    'run.interrupted',
    'incomplete',
    {
      error: {
        code: 'server_error',
        message: 'The answer ended before it was complete: interrupted.',
      },
    },
  ],
] as const)('%s ends a response as %s, its open item incomplete', (type, status, facts) => {
  const events = framesOf(responsesDialect, [...LOOP.slice(0, 6), terminal(type)]).map(dataOf);
  expect(events.at(-1)).toEqual({
    type: `response.${status}`,
    sequence_number: events.length - 1,
    response: {
      ...BARE,
      status,
      ...facts,
      output: [
        {
          type: 'reasoning',
          id: 'rs_0123_2_0_0',
          status: 'completed',
          summary: [{ type: 'summary_text', text: 'Hm' }],
        },
        {
          type: 'message',
          id: 'msg_0123_2_0_1',
          role: 'assistant',
          status: 'incomplete',
          content: [{ type: 'output_text', text: 'I ', annotations: [], logprobs: [] }],
        },
      ],
      usage: USAGE,
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

test.each([1, 2])(
  'a response that is read is the one that its stream of version %d ended with',
  (number) => {
    const events = logged([...LOOP.slice(0, 6), terminal('run.interrupted')]);
    const frames = events.flatMap(RESPONSES_VERSIONS[number - 1]?.renderer(RUN) ?? (() => []));
    const last = frames.map(dataOf).at(-1);
    expect(last).toMatchObject({ type: 'response.incomplete' });
    expect(JSON.stringify(last)).toContain(JSON.stringify(responseOf(RUN, events, number)));
  },
);
