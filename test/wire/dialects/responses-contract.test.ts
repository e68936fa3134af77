import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TurnEvent } from '../../../lambdas/inference/turn/turn.ts';
import type { DialectRun } from '../../../lambdas/threads/domain/dialect.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import {
  responseOf,
  responsesDialect,
} from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import { responseBody } from '../../../lambdas/threads/dialects/responses/formats/responses-request.ts';
import {
  responsesEcho,
  responseSettings,
} from '../../../lambdas/threads/dialects/responses/formats/responses-settings.ts';
import { dataOf } from '../../support/dialect-runs.ts';
import { expectContract } from '../../support/responses-contract.ts';
import {
  bracketEnd,
  bracketStart,
  framesOf,
  logged,
  RUN,
  runs,
  terminal,
  told,
} from '../../support/run-events.ts';

/** A run of this request, as its dialect sees it. */
const runOf = (body: object): DialectRun => {
  const settings = responseSettings(responseBody.parse({ model: 'gpt-5.5', ...body }), null);
  return { ...RUN, echo: responsesEcho(settings) };
};

const GRAMMAR = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' };
const EVERY_TOOL = [
  { type: 'function', name: 'look', parameters: { type: 'object' }, strict: true },
  { type: 'custom', name: 'patch', description: 'Patches', format: GRAMMAR },
  {
    type: 'namespace',
    name: 'agents',
    description: 'Others',
    tools: [
      { type: 'function', name: 'ask', parameters: { type: 'object' }, defer_loading: true },
      { type: 'custom', name: 'write' },
    ],
  },
  { type: 'tool_search', execution: 'client', description: 'Finds', parameters: {} },
];
const BODIES = [
  { input: 'hi' },
  {
    input: 'hi',
    instructions: 'Be kind.',
    metadata: { a: 'b' },
    tools: EVERY_TOOL,
    tool_choice: { type: 'custom', name: 'patch' },
    parallel_tool_calls: false,
    reasoning: { effort: 'low', summary: 'detailed', context: 'all_turns' },
    text: {
      verbosity: 'low',
      format: { type: 'json_schema', name: 'place', schema: { type: 'object' }, strict: true },
    },
    max_output_tokens: 100,
    user: 'ada',
    safety_identifier: 'ada',
    prompt_cache_key: 'k',
    store: false,
    client_metadata: { turn: 1 },
  },
  { input: 'hi', conversation: { id: 'conv_1' }, text: { format: { type: 'json_object' } } },
];

/** Each event of a run, as the document has it. */
const eventsOf = (run: DialectRun, events: readonly RunEvent[]): readonly unknown[] => {
  const frames = framesOf(responsesDialect, events, run).map(dataOf);
  for (const event of frames) expectContract('ResponseStreamEvent', event);
  expectContract('Response', responseOf(run, logged(events)));
  return frames;
};

describe('by OpenAI’s document every event and every response is complete', () => {
  test('whatever becomes of the run', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BODIES), runs, fc.nat(), (body, events, place) => {
        const run = runOf(body);
        eventsOf(run, events);
        expectContract('Response', responseOf(run, logged(events.slice(0, place))));
      }),
      { numRuns: 10 },
    );
  });

  test('and what lacks a field, has one too many or a null too many is seen', () => {
    const { usage, ...rest } = responseOf(RUN, logged([terminal('run.completed')]));
    const bodies = [
      { ...rest, usage: null },
      { ...rest, colour: 'red' },
      { ...rest, tools: null },
    ];
    for (const body of bodies) expect(() => expectContract('Response', body)).toThrow();
    expectContract('Response', { ...rest, usage });
  });

  test.each([
    ['max_tokens', { reason: 'max_output_tokens' }, null],
    ['refusal', { reason: 'content_filter' }, null],
    ['budget', null, 'The answer ended before it was complete: budget.'],
    ['deadline', null, 'The answer ended before it was complete: deadline.'],
  ] as const)('that ended early by %s', (stop_reason, incomplete_details, message) => {
    const end = { ...terminal('run.incomplete'), stop_reason };
    const response = responseOf(runOf({ input: 'hi' }), logged([bracketStart, end]));
    expectContract('Response', response);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details,
      error: message === null ? null : { code: 'server_error', message },
    });
  });
});

const CALLS: readonly TurnEvent[] = [
  bracketStart,
  ...told(0, { type: 'tool_use', id: 'c1', name: 'patch', input: {}, form: 'custom' }, [
    '{"inp',
    'ut":"a\\n',
    '\\ud83d',
    '\\ude00b"}',
  ]),
  ...told(1, { type: 'tool_use', id: 'c2', name: 'agents/ask', input: {} }, ['{"a":1}']),
  ...told(2, { type: 'tool_use', id: 'c3', name: 'agents/write', input: {}, form: 'custom' }, [
    '{"text":"elsewhere"}',
  ]),
  ...told(3, { type: 'tool_use', id: 'c4', name: 'tool_search', input: {}, form: 'tool_search' }, [
    '{"query":',
    '"door"}',
  ]),
  ...bracketEnd('tool_use'),
];

test('a call is shown as its tool was declared: as text, in its namespace, as a search', () => {
  const run = runOf(BODIES[1] ?? {});
  const events = eventsOf(run, [...CALLS, terminal('run.completed')]);
  const words = events.flatMap((event) =>
    JSON.stringify(event).includes('custom_tool_call_input.delta') ? [event] : [],
  );
  const place = { item_id: 'ctc_0123_2_0_0', output_index: 0 };
  const delta = { type: 'response.custom_tool_call_input.delta', ...place };
  expect(words).toEqual([
    { ...delta, delta: 'a\n', sequence_number: 3 },
    { ...delta, delta: '😀b', sequence_number: 4 },
  ]);
  const done = { status: 'completed' };
  const output = [
    {
      type: 'custom_tool_call',
      id: 'ctc_0123_2_0_0',
      call_id: 'c1',
      name: 'patch',
      input: 'a\n😀b',
      ...done,
    },
    {
      type: 'function_call',
      id: 'fc_0123_2_0_1',
      call_id: 'c2',
      name: 'ask',
      namespace: 'agents',
      arguments: '{"a":1}',
      ...done,
    },
    {
      type: 'custom_tool_call',
      id: 'ctc_0123_2_0_2',
      call_id: 'c3',
      name: 'write',
      namespace: 'agents',
      input: '{"text":"elsewhere"}',
      ...done,
    },
    {
      type: 'tool_search_call',
      id: 'tsc_0123_2_0_3',
      call_id: 'c4',
      execution: 'client',
      arguments: { query: 'door' },
      ...done,
    },
  ];
  expect(events.at(-1)).toMatchObject({ response: { output, tools: BODIES[1]?.tools } });
});

test('a page that words lean on is an annotation of them, told when it is known', () => {
  const url = 'https://example.com/door';
  const citation = { type: 'url_citation', url, title: 'Doors' } as const;
  const placed = { ...citation, start_index: 2, end_index: 4 };
  const [start, , stop] = told(0, { type: 'text', text: '' }, ['']);
  const cite = (one: typeof citation): TurnEvent => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'citations_delta', citation: one },
  });
  const words: TurnEvent = {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: 'a door' },
  };
  const turn = [bracketStart, start, cite(citation), words, cite(placed), stop];
  const run = runOf({ input: 'hi' });
  const events = eventsOf(run, [
    ...turn.flatMap((event) => event ?? []),
    ...bracketEnd('end_turn'),
    terminal('run.completed'),
  ]);
  const place = { item_id: 'msg_0123_2_0_0', output_index: 0, content_index: 0 };
  expect(events.filter((event) => JSON.stringify(event).includes('annotation.added'))).toEqual([
    {
      type: 'response.output_text.annotation.added',
      ...place,
      annotation_index: 0,
      annotation: { ...citation, start_index: 0, end_index: 0 },
      sequence_number: 4,
    },
    {
      type: 'response.output_text.annotation.added',
      ...place,
      annotation_index: 1,
      annotation: placed,
      sequence_number: 6,
    },
  ]);
  expect(events.at(-1)).toMatchObject({
    response: {
      output: [
        {
          content: [
            {
              text: 'a door',
              annotations: [{ ...citation, start_index: 0, end_index: 6 }, placed],
            },
          ],
        },
      ],
    },
  });
});
