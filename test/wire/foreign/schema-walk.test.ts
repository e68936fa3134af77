import { describe, expect, test } from 'vitest';
import { foreignCall } from '../../../lambdas/inference/calls/foreign-call.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { askedCall, untouched } from '../../support/foreign/asked-call.ts';
import { ROUTES, type ForeignRoute } from '../../support/foreign/foreign-room.ts';
import { framed, valueAt, without } from '../../support/foreign/framed-body.ts';
import { isNamed, isNothing } from '../../support/foreign/named-field.ts';
import { samplesOf, type Sample } from '../../support/foreign/schema-paths.ts';
import { geminiSchema } from '../../support/foreign/gemini-schema.ts';
import { contractOf, type ContractName } from '../../support/strict/contract.ts';
import { refusalOf } from '../../support/strict/refuse.ts';

type Body = Readonly<Record<string, unknown>>;

/** What a field came to: its provider is asked the same, nearly the same (its caller hears of it), or the field is refused. */
type Outcome =
  | { readonly kind: 'works' | 'emulated' | 'dropped' }
  | { readonly kind: 'refused'; readonly param: string };

const { deps } = engineRoom('http://127.0.0.1:9');

/** Everything that a body comes to: what the provider is asked, and how its answer is shown. */
const meaning = async ({ dialect, wire }: ForeignRoute, { model: named, ...fields }: Body) => {
  const model = String(named);
  const call =
    wire === 'gemini' ? { body: fields, model, isStream: false } : askedCall({ ...fields, model });
  const { asked, spoken, carry } = await foreignCall({ ...deps, ...untouched }, dialect, call);
  const { emulated } = carry(spoken, asked.request);
  const { textTools, ...style } = asked.style;
  return {
    spoken,
    emulated,
    said: JSON.stringify([spoken.call.body, asked.isStream, style, [...textTools]]),
  };
};

const refusalIn = async <T>(made: Promise<T>): Promise<T | AppError> =>
  await made.catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });

const outcomeOf = async (route: ForeignRoute, body: Body, path: string): Promise<Outcome> => {
  const full = await refusalIn(meaning(route, body));
  if (full instanceof AppError) return { kind: 'refused', param: String(full.facts['param']) };
  expect(refusedBody(full.spoken)).toEqual(null);
  const bare = await refusalIn(meaning(route, without(body, path)));
  if (bare instanceof AppError) return { kind: 'works' };
  if (full.emulated.length > bare.emulated.length) return { kind: 'emulated' };
  return { kind: full.said === bare.said ? 'dropped' : 'works' };
};

/** What the provider's own rules and its published schema say of the body that it is sent. */
const refusedBody = ({
  wire,
  route,
  call,
  account,
}: Awaited<ReturnType<typeof meaning>>['spoken']) => {
  const limit = call.maxTokens === null ? 4_096 : null;
  const { path } = wire.endpoint(account, { model: route.model, isStream: true, headers: {} });
  const bytes = wire.rewrite(call, route.model, limit);
  return refusalOf(path, {}, Buffer.from(bytes).toString('utf8'));
};

/** Fields that ask for what every answer is anyway: nothing is lost where they are left out. */
const ASKS_NOTHING: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^parallel_tool_calls$|disable_parallel_tool_use$/, 'what a model does by itself'],
  [/^(response_format|tool_choice)(\.type)?$|^modalities(\.0)?$|^verbosity$/, 'the usual answer'],
  [/^stream_options$/, 'an empty object'],
  [/^prompt_cache_retention$/, 'the usual one'],
  [/image_url\.detail$/, 'auto'],
  [/^service_tier$|^speed$|^inference_geo$/, 'the usual one'],
  [/json_schema\.name$/, 'a label'],
  [/json_schema\.strict$/, 'providers that take a schema keep to it'],
  [/custom\.format(\.type)?$/, 'any text'],
  [/\.type$|\.role$/, 'which kind it is'],
  [/eager_input_streaming$/, 'inputs are streamed as they come'],
  [/allowed_callers\.0$/, 'the model alone calls'],
  [/\.caller(\.|$)/, 'the model alone calls'],
  [/citations(\.|$)/, 'of an answer before, told to no model again'],
  [/^safetySettings\.0(\.threshold)?$/, 'no filter, as every other model has it'],
  [/functionResponse\.scheduling$|functionDeclarations\.0\.behavior$/, 'results are waited for'],
  [/^toolConfig\.functionCallingConfig\.(mode|allowedFunctionNames\.0)$/, 'every tool, as usual'],
  [/responseModalities\.0$/, 'the usual answer'],
  [/thinking\.display$/, 'thoughts are shown where the model shows them'],
  [/prompt_cache_breakpoint|cache_control/, 'a mark where a mark is'],
  [/^thinking(\.type)?$/, 'what the model does by itself'],
  [/\.signature$/, 'of a thought that is left out, and said to be'],
  [/^(messages|contents)\.0(\.content)?$/, 'a message that says nothing'],
];

const BEDROCK_CLAUDE = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
type Contract = ContractName | 'gemini';
const CASES: readonly (readonly [route: string, contract: Contract, model: string])[] = [
  ['/v1/chat/completions', 'openai-chat', 'claude-sonnet-4-5'],
  ['/v1/chat/completions', 'openai-chat', 'claude-opus-5'],
  ['/v1/chat/completions', 'openai-chat', 'gemini-2.5-flash'],
  ['/v1/chat/completions', 'openai-chat', BEDROCK_CLAUDE],
  ['/v1/chat/completions', 'openai-chat', 'bedrock/us.openai.gpt-5.6-sol'],
  ['/v1/messages', 'anthropic-messages', BEDROCK_CLAUDE],
  ['/v1/messages', 'anthropic-messages-beta', 'gpt-4o-mini'],
  ['/v1/messages', 'anthropic-messages-beta', 'gpt-5-mini'],
  ['/v1/messages', 'anthropic-messages-beta', 'deepseek-v4-flash'],
  ['/v1/messages', 'anthropic-messages', 'gemini-2.5-flash'],
  [':generateContent', 'gemini', 'gpt-4o-mini'],
  [':generateContent', 'gemini', 'gpt-audio'],
  [':generateContent', 'gemini', 'claude-opus-5'],
  [':generateContent', 'gemini', BEDROCK_CLAUDE],
  [':generateContent', 'gemini', 'deepseek-v4-flash'],
];

describe.each(CASES)('every field of %s (%s) for %s', (path, contract, model) => {
  const route = ROUTES[path];
  const samples = samplesOf(contract === 'gemini' ? geminiSchema() : contractOf(contract));
  test('works, is emulated and said so, or is a 400 that names it', async () => {
    expect(samples.length).toBeGreaterThan(100);
    if (route === undefined) throw new Error(path);
    const lost: string[] = [];
    for (const sample of samples) {
      const problem = await lossOf(route, sample, model);
      if (problem !== null) lost.push(problem);
    }
    expect(lost).toEqual([]);
  });
});

const lossOf = async (route: ForeignRoute, sample: Sample, model: string) => {
  const { body: asked, path } = framed(route.wire, sample, model);
  const body = { ...asked, model };
  const outcome = await outcomeOf(route, body, path);
  const told = `${sample.path} ${JSON.stringify(body).slice(0, 300)}`;
  if (outcome.kind === 'refused')
    return isNamed(outcome.param, sample.path) ? null : `${outcome.param} is named for ${told}`;
  const isUsual =
    isNothing(valueAt(body, path)) || ASKS_NOTHING.some(([pattern]) => pattern.test(sample.path));
  return outcome.kind === 'dropped' && !isUsual ? `dropped: ${told}` : null;
};
