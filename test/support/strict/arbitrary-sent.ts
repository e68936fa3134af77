import * as fc from 'fast-check';
import { countedOf } from '../../../lambdas/inference/calls/count-turn.ts';
import { controlProblem } from '../../../lambdas/inference/models/control-problem.ts';
import { routeModel } from '../../../lambdas/inference/models/route-model.ts';
import type { TurnControls, TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import { WIRES } from '../all-wires.ts';
import { requests } from '../arbitrary-turns.ts';
import { wireOf } from '../foreign/families.ts';
import { refusalOf } from './refuse.ts';

/** Models of each family that differ in what they take. */
export const ASKED_MODELS = [
  'gpt-4o',
  'gpt-5',
  'o3',
  'claude-sonnet-4-5',
  'claude-opus-5',
  'gemini-2.5-flash',
  'gemini-3.1-pro-preview',
  'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'bedrock/us.amazon.nova-pro-v1:0',
  'bedrock/us.openai.gpt-5.6-sol',
] as const;

/** Wishes that turns of threads and calls in other dialects have beside those of `requests`. */
const wishes: fc.Arbitrary<TurnControls> = fc.record(
  {
    thinking: fc.constantFrom<NonNullable<TurnControls['thinking']>>(
      { type: 'disabled' },
      { type: 'adaptive' },
      { type: 'enabled', budgetTokens: 5_000 },
    ),
    verbosity: fc.constantFrom('low', 'medium', 'high'),
    topK: fc.constantFrom(0, 40, 2 ** 31),
    stopSequences: fc.constantFrom([], ['END'], ['\n', 'END'], ['1', '2', '3', '4', '5', '6']),
    presencePenalty: fc.constantFrom(0, -2, 1.5),
    frequencyPenalty: fc.constantFrom(0, 2),
    seed: fc.constantFrom(0, 7, 2 ** 40),
    endUser: fc.constantFrom('ann', 'ü'.repeat(300)),
    serviceTier: fc.constantFrom('auto', 'default'),
    cache: fc.constantFrom({ type: 'ephemeral' }, { type: 'ephemeral', ttl: '1h' }),
    choices: fc.constantFrom(2, 8),
    logprobs: fc.constantFrom(0, 5, 20),
  },
  { requiredKeys: [] },
);

/** Any turn of a model, with any of its wishes that nobody refuses before its provider is asked. */
const turns = (model: string): fc.Arbitrary<TurnRequest> =>
  fc
    .tuple(requests(model), wishes, fc.subarray(WISH_NAMES, { maxLength: 3 }), fc.boolean())
    .map(([request, all, chosen, isOne]) => {
      const some = Object.entries(all).filter(([name]) => chosen.some((one) => one === name));
      const [chosenTool] = request.tools;
      const toolChoice =
        isOne && chosenTool !== undefined ? { toolChoice: { name: chosenTool.name } } : {};
      const controls = { ...request.controls, ...toolChoice, ...Object.fromEntries(some) };
      return { ...request, controls };
    })
    .filter((request) => controlProblem(request) === null);

const WISH_NAMES = [
  'thinking',
  'verbosity',
  'topK',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'endUser',
  'serviceTier',
  'cache',
  'choices',
  'logprobs',
];

export interface AskedBody {
  readonly path: string;
  readonly text: string;
}

/** What a model's provider is asked, in a stream, in one body and where it counts, for as many turns. */
export const arbitraryBodies = (model: string, count: number): readonly AskedBody[] =>
  fc.sample(turns(model), count).flatMap((request, index) => bodiesOf(request, index % 2 === 0));

const bodiesOf = (request: TurnRequest, isStream: boolean): readonly AskedBody[] => {
  const wire = WIRES[wireOf(request.model)];
  const { turn, counter } = wire;
  if (turn === null) throw new Error(`${wire.name} knows no turns`);
  const name = routeModel(request.model)?.model ?? request.model;
  const { call, refused } = turn.encode(request);
  if (refused.length > 0) return [];
  const query = { model: name, isStream, headers: {} };
  const account = { apiKey: null };
  const limit = call.maxTokens === null ? 4_096 : null;
  const asked = {
    path: wire.endpoint(account, query).path,
    text: utf8Text(wire.rewrite({ ...call, isStream }, name, limit)),
  };
  if (counter === null) return [asked];
  const counted = counter.ask(turn.encode(countedOf(request)).call, name);
  return [asked, { path: counter.endpoint(account, query).path, text: utf8Text(counted) }];
};

/** What its stand-in would say of them; none: it takes them all. */
export const refusalsOfAll = (bodies: readonly AskedBody[]): readonly string[] =>
  bodies.flatMap(({ path, text }) => {
    const refusal = refusalOf(path, {}, text);
    return refusal === null ? [] : [`${path}: ${JSON.stringify(refusal.body)}: ${text}`];
  });
