import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { textOf } from '../../support/engine-room.ts';
import { FEATURES, type Feature, type Fields } from '../../support/foreign/features.ts';
import { GEMINI_FEATURES } from '../../support/foreign/gemini-features.ts';
import { expectOnPage, rowOf, tableOf } from '../../support/foreign/matrix-models.ts';
import { ROUTES, startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import {
  expectedOf,
  heardInChat,
  heardInContents,
  heardInMessages,
} from '../../support/foreign/heard.ts';
import { routeModel } from '../../../lambdas/inference/models/route-model.ts';

const REASONS = {
  chat: {
    end: ['stop'],
    stop: ['stop'],
    length: ['length'],
    calls: ['tool_calls'],
    refusal: ['content_filter', 'stop'],
  },
  messages: {
    end: ['end_turn'],
    // Which of them came is told by no other provider.
    stop: ['stop_sequence', 'end_turn'],
    length: ['max_tokens'],
    calls: ['tool_use'],
    refusal: ['refusal'],
  },
  gemini: {
    end: ['STOP'],
    stop: ['STOP'],
    length: ['MAX_TOKENS'],
    calls: ['STOP'],
    refusal: ['SAFETY'],
  },
} as const;

/** A dialect that joins is a line here, with how its client hears an answer. */
const DIALECTS = {
  chat: { path: '/v1/chat/completions', heard: heardInChat, fields: {} },
  messages: { path: '/v1/messages', heard: heardInMessages, fields: { max_tokens: 4_000 } },
  gemini: { path: ':generateContent', heard: heardInContents, fields: {} },
} as const;
type DialectName = keyof typeof DIALECTS;

const HI = [{ role: 'user', content: 'hi' }];
/** The body of a call beside its feature. */
const bodyOf = (name: DialectName, model: string, asked: object, stream: boolean): object =>
  name === 'gemini'
    ? { contents: [{ role: 'user', parts: [{ text: 'hi' }] }], ...asked }
    : { model, messages: HI, ...DIALECTS[name].fields, ...asked, stream };

/** null: the dialect has no words for it. */
const askedIn = (name: DialectName, feature: Feature): Fields | null =>
  name === 'gemini' ? (GEMINI_FEATURES[feature.name] ?? null) : feature[name];

let room: ForeignRoom;
beforeAll(async () => {
  room = await startForeignRoom({ capNanoUsd: null });
});
afterAll(() => room.stop());

type Cell = 'as it came' | 'works' | `emulated: ${string}` | `400: ${string}` | '-';

const isOwn = (dialect: DialectName, model: string): boolean => {
  const provider = routeModel(model)?.provider;
  if (provider === 'google') return dialect === 'gemini';
  if (provider === 'bedrock' || dialect === 'gemini') return false;
  return dialect === (provider === 'anthropic' ? 'messages' : 'chat');
};

const cellOf = async (
  name: DialectName,
  model: string,
  feature: Feature,
  stream: boolean,
): Promise<Cell> => {
  const { path, heard } = DIALECTS[name];
  const asked = askedIn(name, feature);
  const route = ROUTES[path];
  if (asked === null || route === undefined) return '-';
  if (isOwn(name, model)) return 'as it came';
  room.say(feature.spoken);
  const body = bodyOf(name, model, asked, stream);
  const before = room.upstream.requests.length;
  try {
    const { wire } = route;
    const dialect = async () => await Promise.resolve(route.dialect);
    const words = name === 'gemini' ? { path: { model, isStream: stream } } : {};
    const input = { wire, dialect, ...words };
    const answer = await room.room.send(Buffer.from(JSON.stringify(body)), input);
    const text = await textOf(answer);
    expect([answer.status, text.slice(0, 500)]).toEqual([200, expect.any(String)]);
    const { reasons, ...said } = expectedOf(
      feature.spoken,
      REASONS[name],
      feature.name === 'tools that accept text',
    );
    const { reason, ...told } = heard(text, stream);
    expect(told).toEqual(said);
    expect(reasons).toContain(reason);
    const emulated = answer.headers['x-sluice-emulated'];
    return emulated === undefined ? 'works' : `emulated: ${emulated}`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect([error.status, error.publicMessage]).toEqual([400, expect.any(String)]);
    expect(room.upstream.requests.length).toBe(before);
    return `400: ${String(error.facts['param'])}`;
  }
};

const rows = new Map<string, readonly Cell[]>();

describe.each(['chat', 'messages', 'gemini'] as const)('%s', (name) => {
  test.each(FEATURES)(
    '$name is the same streamed and in one body, or refused by name',
    async (feature) => {
      const row = await rowOf(async (model, stream) => await cellOf(name, model, feature, stream));
      rows.set(`${name} ${feature.name}`, row);
    },
  );
});

const tableFor = (name: DialectName): string =>
  tableOf(
    `POST ${name === 'gemini' ? '/v1beta/models/{model}' : ''}${DIALECTS[name].path}`,
    FEATURES.filter((feature) => askedIn(name, feature) !== null).map((feature) => [
      feature.name,
      rows.get(`${name} ${feature.name}`) ?? [],
    ]),
  );

test('the page of dialects says what came out (`npx vitest run -u` writes it)', async () => {
  await expectOnPage('matrix', [tableFor('chat'), tableFor('messages'), tableFor('gemini')]);
});
