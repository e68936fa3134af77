import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { FEATURES, type Feature } from '../../support/foreign/features.ts';
import { readSample, speakAt } from '../../support/foreign/foreign-room.ts';
import { expectOnPage, rowOf, tableOf } from '../../support/foreign/matrix-models.ts';
import { RESPONSES_FEATURES, THREAD_FEATURES } from '../../support/foreign/responses-features.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

let upstream: ScriptedUpstream;
let room: Awaited<ReturnType<typeof chatRoom>>;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  room = await chatRoom(upstream.url, { readMedia: readSample });
  await room.room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
});
afterAll(() => upstream.stop());

const TURN = 'POST /v1/threads/{thread_id}/messages';
const ROUTES = { responses: 'POST /v1/responses', threads: TURN } as const;
type Name = keyof typeof ROUTES;
const WORDS = { responses: RESPONSES_FEATURES, threads: THREAD_FEATURES } as const;

const step = z.looseObject({
  role: z.string(),
  content: z.array(
    z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      name: z.string().optional(),
      input: z.unknown().optional(),
    }),
  ),
  omissions: z.array(z.object({ kind: z.string(), path: z.string() })),
});
const messages = z.object({ data: z.array(z.looseObject({ steps: z.array(step) })) });
const named = z.object({ id: z.string() });
const response = z.object({ id: z.string(), status: z.string() });

/** What a thread has of its last answer. */
const answerIn = async (thread_id: string) => {
  const told = await room.ask(
    'GET /v1/threads/{thread_id}/messages',
    {},
    {
      params: { thread_id },
      query: { view: 'audit' },
    },
  );
  const { data } = messages.parse(JSON.parse(await bodyOf(told)));
  const last = data.flatMap(({ steps }) => steps).findLast(({ role }) => role === 'assistant');
  if (last === undefined) throw new Error('no answer');
  return last;
};

/** The thread that has the answer to a feature, asked on its route. */
const ask = async (name: Name, model: string, fields: object, stream: boolean): Promise<string> => {
  if (name === 'responses') {
    const body = { model, input: 'hi', max_output_tokens: 4_000, ...fields, stream };
    const text = await bodyOf(await room.ask(ROUTES[name], body));
    const last = stream
      ? (/.*"type":"response\.(?:completed|incomplete)".*/.exec(text)?.[0] ?? '')
      : text;
    const told: unknown = JSON.parse(last.replace(/^data: /, ''));
    const { id, status } = response.parse(
      stream ? z.object({ response }).parse(told).response : told,
    );
    expect(status).toMatch(/completed|incomplete/);
    return `thread_${id.replace(/^resp_(.*)_\d+$/, '$1')}`;
  }
  const { id: thread_id } = named.parse(
    JSON.parse(await bodyOf(await room.ask('POST /v1/threads', {}))),
  );
  const body = { model, content: 'hi', max_tokens: 4_000, ...fields, stream };
  await bodyOf(await room.ask(TURN, body, { params: { thread_id } }));
  return thread_id;
};

const cellOf = async (
  name: Name,
  model: string,
  feature: Feature,
  stream: boolean,
): Promise<string> => {
  const fields = WORDS[name][feature.name];
  upstream.script = speakAt(feature.spoken);
  const before = upstream.requests.length;
  try {
    const { content, omissions } = await answerIn(await ask(name, model, fields ?? {}, stream));
    const { words = [], calls = [] } = feature.spoken;
    expect(content.map(({ text = '' }) => text).join('')).toBe(words.join(''));
    expect(content.filter(({ type }) => type === 'tool_use').map(({ input }) => input)).toEqual(
      calls.map(({ input }): unknown => JSON.parse(input.join(''))),
    );
    const kinds = [...new Set(omissions.map(({ kind, path }) => (kind === 'wish' ? path : kind)))];
    return kinds.length === 0 ? 'works' : `audit: ${kinds.join(', ')}`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect([error.status, error.publicMessage]).toEqual([400, expect.any(String)]);
    expect(upstream.requests.length).toBe(before);
    return `400: ${String(error.facts['param'])}`;
  }
};

const rows = new Map<string, readonly string[]>();
const asked = (name: Name) => FEATURES.filter((feature) => feature.name in WORDS[name]);

describe.each(['responses', 'threads'] as const)('%s', (name) => {
  test.each(asked(name))(
    '$name is the same streamed and in one body, said to be otherwise, or refused by name',
    async (feature) => {
      const row = await rowOf(async (model, stream) => await cellOf(name, model, feature, stream));
      rows.set(`${name} ${feature.name}`, row);
    },
  );
});

test('the page of dialects says what came out (`npx vitest run FILE -u` writes it)', async () => {
  const tables = (['responses', 'threads'] as const).map((name) =>
    tableOf(
      ROUTES[name],
      asked(name).map((feature) => [feature.name, rows.get(`${name} ${feature.name}`) ?? []]),
    ),
  );
  await expectOnPage('stored matrix', tables);
});
