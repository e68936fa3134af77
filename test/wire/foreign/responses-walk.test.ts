import { untouched } from '../../support/foreign/asked-call.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { checked, isRecord } from '../../../lambdas/http/body.ts';
import { speakTurn } from '../../../lambdas/inference/calls/hold-turn.ts';
import { fieldRefused } from '../../../lambdas/inference/dialects/refuse-field.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { tableThreadForks } from '../../../lambdas/threads/adapters/threads/table-thread-forks.ts';
import { emulatedFields } from '../../../lambdas/threads/dialects/responses/formats/responses-emulated.ts';
import { responseBody } from '../../../lambdas/threads/dialects/responses/formats/responses-request.ts';
import { responseSettings } from '../../../lambdas/threads/dialects/responses/formats/responses-settings.ts';
import {
  fieldOf,
  placeIn,
} from '../../../lambdas/threads/dialects/responses/routes/callers-place.ts';
import { placedTurn } from '../../../lambdas/threads/dialects/responses/routes/responses-routes.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { speakAt } from '../../support/foreign/foreign-room.ts';
import { valueAt, without } from '../../support/foreign/framed-body.ts';
import { framedInput } from '../../support/foreign/framed-input.ts';
import { isNamed, isNothing } from '../../support/foreign/named-field.ts';
import { samplesOf, type Sample } from '../../support/foreign/schema-paths.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { startScriptedUpstream } from '../../support/scripted-upstream.ts';
import { contractOf } from '../../support/strict/contract.ts';
import { refusalOf } from '../../support/strict/refuse.ts';

type Body = Readonly<Record<string, unknown>>;

const upstream = await startScriptedUpstream();
upstream.script = speakAt({ words: ['so'] });
afterAll(() => upstream.stop());
const room = await chatRoom(upstream.url);
const forks = tableThreadForks(room.room.tables);
await room.room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
const key = await room.room.state();
const caller = { key, endUserId: key.userId, isAdmin: false };

/** The turn of a body, as its run asks it. Throws AppError, as the route does. */
const turnOf = async (body: Body) => {
  const read = checked(responseBody, body);
  const wish = {
    requestId: 'req_walk',
    untilMs: Date.now() + 60_000,
    settings: responseSettings(read, null),
    credential: { keyId: KEY_ID, secretHash: 'hash' },
  };
  const { messages, settings } = await placedTurn({ ...room.deps, forks }, caller, read, wish);
  const { model, system, maxTokens, temperature, controls, clientTools: tools, echo } = settings;
  const told = messages.map((one) => ({ ...one, model: one.model ?? null }));
  const request = { model, system, messages: told, tools, maxTokens, temperature, controls };
  return { read, echo, request };
};

/** Everything that a body comes to: what the provider is asked, what its caller hears, and what the audit says. */
const meaning = async (body: Body) => {
  const { read, echo, request } = await turnOf(body);
  const spoken = await speakTurn({ ...room.room.deps, ...untouched }, request);
  const [refused] = spoken.refused;
  if (refused !== undefined) throw fieldRefused(refused.control, refused.reason);
  const { wire, route, call, account } = spoken;
  const { path } = wire.endpoint(account, { model: route.model, isStream: true, headers: {} });
  const limit = call.maxTokens === null ? 4_096 : null;
  const asked = Buffer.from(wire.rewrite(call, route.model, limit)).toString('utf8');
  expect([body, refusalOf(path, {}, asked)]).toEqual([body, null]);
  return {
    asked,
    emulated: emulatedFields(read),
    omitted: [...spoken.omissions.map(({ kind }) => kind), ...spoken.emulated],
    kept: JSON.stringify([echo['metadata'], echo['background']]),
  };
};
type Meaning = Awaited<ReturnType<typeof meaning>>;

const meaningOrRefusal = async (body: Body): Promise<Meaning | AppError> =>
  await meaning(body).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });

/** Fields that ask for what every answer is anyway, and labels: nothing is lost where they are left out. */
const ASKS_NOTHING: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^parallel_tool_calls$/, 'what a model does by itself'],
  [/^(text\.format|text\.verbosity|tool_choice)$/, 'the usual answer'],
  [/^(service_tier|truncation|store)$|^stream_options$/, 'the usual one'],
  [/^stream$/, 'the same answer in events'],
  [/^include\.0$/, 'what a thought was signed with, where there is one'],
  [/^reasoning\.(summary|context)$/, 'auto'],
  [/^reasoning\.effort$/, 'none, of a model that does not think'],
  [/\.detail$/, 'auto'],
  [/^text\.format\.strict$/, 'providers that take a schema keep to it'],
  [/\.allowed_callers\.0$|\.caller(\.type)?$/, 'the model alone calls'],
  [/tools\.0\.format$/, 'any text'],
  [/\.type$|\.role$/, 'which kind it is'],
  [/^input\.0\.(id|status)$/, 'of an item that was stored elsewhere'],
  [/\.(annotations|logprobs)(\.|$)/, 'of an answer before, told to no model again'],
  [/^input\.0\.(name|namespace)$/, 'of a call whose result this is, which has them'],
  [/^input\.0\.call_id$/, 'else its id'],
  [/^input\.0\.(environment(\.|$)|max_output_length$)/, 'how a shell that ran was set up'],
  [/^input\.0\.(summary|content)\.0$/, 'the same thought in other words'],
  [/^input\.0\.encrypted_content$/, 'of a thought that is left out, and said to be'],
];

type Bares = Map<string, Meaning | AppError>;

const lossOf = async (sample: Sample, model: string, bares: Bares): Promise<string | null> => {
  const { body: asked, path } = framedInput(sample);
  const body = { model, ...asked };
  const told = `${sample.path} ${JSON.stringify(body).slice(0, 300)}`;
  const full = await meaningOrRefusal(body);
  if (full instanceof AppError) {
    const param = placeIn(body, fieldOf(String(full.facts['param']), body));
    const isSaid =
      [400, 404].includes(full.status) && isNamed(param, sample.path.replace(/\.type$/, ''));
    return isSaid ? null : `${full.status} ${param} is named for ${told}`;
  }
  if (isNothing(valueAt(body, path)) || ASKS_NOTHING.some(([usual]) => usual.test(sample.path)))
    return null;
  const type = valueAt(body, `${path.split('.').slice(0, 2).join('.')}.type`);
  // What it is a field of is left out, and said to be.
  if (full.emulated.includes(`input.${String(type)}`)) return null;
  if (full.omitted.includes('media') && /\.(content|output)\.0\./.test(path)) return null;
  const bareBody = without(body, path);
  const name = JSON.stringify(bareBody);
  const bare = bares.get(name) ?? (await meaningOrRefusal(bareBody));
  bares.set(name, bare);
  if (bare instanceof AppError) return null;
  const isHeard =
    full.emulated.length > bare.emulated.length || full.omitted.length > bare.omitted.length;
  const isCarried = full.asked !== bare.asked || full.kept !== bare.kept;
  return isHeard || isCarried ? null : `dropped: ${told}`;
};

const MODELS = [
  'gpt-4o-mini',
  'gpt-5-mini',
  'claude-opus-5',
  'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'gemini-2.5-flash',
  'deepseek-v4-flash',
  'ollama/qwen3',
];
const samples = samplesOf(contractOf('openai-responses-request'));

describe.each(MODELS)('every field of /v1/responses for %s', (model) => {
  test('works, is emulated and said so, or is refused by its name', async () => {
    expect(samples.length).toBeGreaterThan(1_000);
    const bares: Bares = new Map();
    const lost: string[] = [];
    for (const sample of samples) {
      const problem = await lossOf(sample, model, bares);
      if (problem !== null) lost.push(problem);
    }
    expect(lost).toEqual([]);
  });
});

const asBody = (value: unknown): Body => (isRecord(value) ? value : {});

/** What the provider of a response that was posted is asked, and what its caller hears. */
const posted = async (body: Body) => {
  const answer = await room.ask('POST /v1/responses', body);
  await bodyOf(answer);
  const { messages, tools } = asBody(upstream.requests.at(-1)?.body);
  return { messages, tools, emulated: answer.headers?.['x-sluice-emulated'] ?? '' };
};

test('a response asks the same of its provider, stored and not', async () => {
  const model = 'gpt-5-mini';
  const whole = samples.filter(({ path }) => /^(input\.0|tools\.0|reasoning|user)$/.test(path));
  let count = 0;
  for (const sample of whole) {
    const body = { ...framedInput(sample).body, model };
    const full = await meaningOrRefusal(body);
    if (full instanceof AppError) continue;
    const { messages, tools } = asBody(JSON.parse(full.asked));
    const meant = { messages, tools, emulated: full.emulated.join(', ') };
    for (const store of [true, false])
      expect([body, await posted({ ...body, store })]).toEqual([body, meant]);
    count += 1;
  }
  expect(count).toBeGreaterThan(20);
});
