import * as fc from 'fast-check';
import { controlProblem } from '../../lambdas/inference/models/control-problem.ts';
import { traitsOf } from '../../lambdas/inference/models/families.ts';
import type {
  Block,
  CacheControl,
  OutputFormat,
  TurnControls,
  TurnMessage,
  TurnRequest,
  TurnTool,
} from '../../lambdas/inference/turn/turn.ts';

/** Few ids and names, so that they repeat; some are legal nowhere, some collide once they are made legal. */
const ids = fc.constantFrom('a', 'b', 'toolu_01', 'functions.f:0', '', 'x'.repeat(70), 'ü');
export const NAMES = [
  'f',
  'a/b',
  'a__b',
  'a.b',
  'a_b',
  'n'.repeat(64),
  `${'n'.repeat(64)}1`,
  `${'n'.repeat(64)}2`,
  'ß',
] as const;
const names = fc.constantFrom(...NAMES);
const models = fc.constantFrom(null, 'claude-opus-5', 'gpt-5', 'deepseek-v4-pro');
const words = fc.constantFrom('', ' ', 'Hi', 'there\n', '日本', 'half \ud83d', '\ude00 half');
const mark: fc.Arbitrary<{ cache_control?: CacheControl }> = fc.constantFrom(
  {},
  {},
  { cache_control: { type: 'ephemeral' as const } },
  { cache_control: { type: 'ephemeral' as const, ttl: '1h' as const } },
);
const marked = <B extends object>(block: fc.Arbitrary<B>) =>
  fc.tuple(block, mark).map(([told, more]) => ({ ...told, ...more }));

const text = marked(fc.record({ type: fc.constant('text' as const), text: words }));
const image = marked(
  fc.record({
    type: fc.constant('image' as const),
    source: fc.oneof(
      fc.record({
        type: fc.constant('base64' as const),
        media_type: fc.constantFrom('image/png', 'image/tiff'),
        data: fc.constant('AA=='),
      }),
      fc.record({
        type: fc.constant('url' as const),
        url: fc.constantFrom('https://example.com/i.png', 'data:image/png;base64,AA=='),
      }),
    ),
  }),
);
const document = marked(
  fc.record({
    type: fc.constant('document' as const),
    source: fc.record({
      type: fc.constant('base64' as const),
      media_type: fc.constantFrom('application/pdf', 'text/plain', 'application/zip'),
      data: fc.constant('aGVsbG8='),
    }),
  }),
);
const call = marked(
  fc.record({
    type: fc.constant('tool_use' as const),
    id: ids,
    name: names,
    input: fc.oneof(
      fc.dictionary(fc.string(), fc.integer(), { maxKeys: 2 }),
      fc.constant('no object'),
      fc.constant({ '\ud83d': ['half \ud83d'] }),
      fc.constant([1]),
    ),
  }),
);
const cutCall = call.map((block) => ({ ...block, partial_json: '{"a":' }));
const result = marked(
  fc.record(
    {
      type: fc.constant('tool_result' as const),
      tool_use_id: ids,
      content: fc.oneof(words, fc.array(fc.oneof(text, image), { maxLength: 3 })),
      is_error: fc.boolean(),
    },
    { requiredKeys: ['type', 'tool_use_id', 'content'] },
  ),
);
const thought = fc.record(
  {
    type: fc.constant('thinking' as const),
    thinking: words,
    signature: fc.constantFrom('', 'S'),
  },
  { requiredKeys: ['type', 'thinking'] },
);
const redacted = fc.record({
  type: fc.constant('redacted_thinking' as const),
  data: fc.constant('R'),
});

const message: fc.Arbitrary<TurnMessage> = fc.record({
  role: fc.constantFrom(
    'user' as const,
    'assistant' as const,
    'assistant' as const,
    'system' as const,
  ),
  model: models,
  content: fc.array<Block>(
    fc.oneof(text, image, document, call, cutCall, result, thought, redacted),
    { maxLength: 5 },
  ),
});

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } } as const;

/** What a caller may wish beside its words, where its model can grant it. */
const controls = (model: string): fc.Arbitrary<TurnControls> => {
  const { temperatureMax, efforts, outputs } = traitsOf(model);
  return fc.record(
    {
      toolChoice: fc.constantFrom<NonNullable<TurnControls['toolChoice']>>(
        'auto',
        'none',
        'required',
      ),
      parallelToolCalls: fc.boolean(),
      ...(temperatureMax === null ? {} : { topP: fc.constantFrom(0, 0.5, 1) }),
      ...(efforts.length === 0 ? {} : { effort: fc.constantFrom(...efforts) }),
      ...(outputs.includes('schema')
        ? {
            output: fc.constantFrom<OutputFormat>(
              { type: 'json_schema', name: 'place', schema: SCHEMA },
              { type: 'json_schema', name: 'place', description: 'Where', schema: SCHEMA },
            ),
          }
        : {}),
    },
    { requiredKeys: [] },
  );
};

/** A wish that the routes refuse before a turn is made of it is none. */
const granted = (request: TurnRequest): TurnRequest => {
  const { topP: _topP, ...rest } = request.controls ?? {};
  return controlProblem(request) === null ? request : { ...request, controls: rest };
};

const tool = (name: string): fc.Arbitrary<TurnTool> =>
  fc.record({
    name: fc.constant(name),
    description: fc.constant('d'),
    input_schema: fc.constantFrom<TurnTool['input_schema']>(
      {},
      SCHEMA,
      { type: 'string' },
      { anyOf: [SCHEMA, { type: 'object', required: ['at'] }] },
      { oneOf: [SCHEMA, 'no schema'], allOf: [SCHEMA] },
      { $ref: '#/$defs/place', $defs: { place: SCHEMA } },
      { $ref: '#/nowhere' },
      { enum: [1], not: {} },
    ),
  });

/** Any history that the types allow, most of them in no order that a provider would accept. */
export const requests = (model: string): fc.Arbitrary<TurnRequest> =>
  fc
    .record({
      model: fc.constant(model),
      system: fc.constantFrom(null, '', 'Be kind.'),
      messages: fc.array(message, { maxLength: 8 }),
      tools: fc.uniqueArray(names, { maxLength: 5 }).chain((list) => fc.tuple(...list.map(tool))),
      maxTokens: fc.constantFrom(null, 100),
      temperature: fc.constantFrom(null, 0.5, 2),
      controls: controls(model),
    })
    .map(granted);
