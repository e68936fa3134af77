import { afterAll, beforeEach, expect, test } from 'vitest';
import { elevenLabs } from '../../../lambdas/gateway/routes/elevenlabs-routes.ts';
import { openaiSpeech } from '../../../lambdas/inference/wires/openai-audio/speech.ts';
import { elevenSpeech } from '../../../lambdas/inference/wires/elevenlabs/speech.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';
import { newHoldId, requestIdOf } from '../../../lambdas/shared/ids.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { silentMp3, silentWave } from '../../support/sounds.ts';
import { unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
const fresh = async () => {
  room?.stop();
  room = await unitRoom();
};
beforeEach(fresh);
afterAll(() => room.stop());

interface Asked {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | Uint8Array;
}

/** What a client gets of the deployed route. */
const ask = async (method: string, path: string, { query, headers, body }: Asked = {}) => {
  const holdId = newHoldId(Date.now());
  const answer = await elevenLabs(room.deps)(
    {
      requestId: requestIdOf(KEY_ID, holdId),
      holdId,
      secret: { kind: 'ok', keyId: KEY_ID, secretHash: 'hash' },
      route: `${method} /elevenlabs/{path+}`,
      path: `/elevenlabs${path}`,
      params: {},
      query: query ?? {},
      headers: headers ?? { 'content-type': 'application/json' },
      body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body ?? {})),
    },
    { ...CONTEXT, getRemainingTimeInMillis: () => 60_000 },
  );
  const pieces: Uint8Array[] = [];
  if (answer.body instanceof Uint8Array) pieces.push(answer.body);
  else if (isPieces(answer.body)) for await (const piece of answer.body) pieces.push(piece);
  return { ...answer, bytes: Buffer.concat(pieces) };
};

const isPieces = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

const CONTEXT = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'elevenlabs',
  functionVersion: '1',
  invokedFunctionArn: '',
  memoryLimitInMB: '1024',
  awsRequestId: '',
  logGroupName: '',
  logStreamName: '',
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

const SPEAK = '/v1/text-to-speech/voice';
const spoken = (cost: number) =>
  room.answers((response) => {
    response.writeHead(200, {
      'content-type': 'audio/mpeg',
      'character-cost': String(cost),
      'request-id': 'their-request',
    });
    response.end(silentMp3(1));
  });

test('speech costs the characters that its header reports, and passes with it', async () => {
  await room.mint();
  spoken(4);
  const answer = await ask('POST', `${SPEAK}/stream`, {
    query: { output_format: 'mp3_44100_128' },
    headers: { 'content-type': 'application/json', 'xi-api-key': 'slk_child' },
    body: { text: 'hello', model_id: 'eleven_multilingual_v2', voice_settings: { speed: 1 } },
  });
  expect(answer.bytes.equals(silentMp3(1))).toBe(true);
  expect(answer.headers).toMatchObject({ 'character-cost': '4', 'request-id': 'their-request' });
  expect(room.calls[0]?.path).toMatch(
    /\/text-to-speech\/voice\/stream\?output_format=mp3_44100_128$/,
  );
  expect(room.calls[0]?.headers['xi-api-key']).toBe('sk-upstream');
  // $0.10 a thousand.
  expect(await room.last()).toMatchObject({
    costNanoUsd: 400_000,
    model: 'eleven_multilingual_v2',
    provider: 'elevenlabs',
    tokens: { characters: 4 },
  });
});

test('a model that counts half credits costs the characters of its text', async () => {
  await room.mint();
  spoken(3);
  await ask('POST', SPEAK, { body: { text: 'hello!', model_id: 'eleven_flash_v2_5' } });
  expect(await room.last()).toMatchObject({ costNanoUsd: 300_000, tokens: { characters: 6 } });
});

test('a file costs its seconds', async () => {
  await room.mint();
  room.json({ text: 'hi', audio_duration_secs: 1.2 });
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(silentWave(1))]), 'a.wav');
  form.append('model_id', 'scribe_v2');
  const sent = new Response(form);
  const headers = { 'content-type': sent.headers.get('content-type') ?? '' };
  const body = Buffer.from(await sent.arrayBuffer());
  await ask('POST', '/v1/speech-to-text', { headers, body });
  // $0.22 an hour.
  expect(await room.last()).toMatchObject({ costNanoUsd: 122_223, tokens: { seconds: 2 } });
});

test('what there is to choose from is free', async () => {
  await room.mint({ allowedModels: ['eleven_v3'] });
  room.json({ voices: [] });
  const answer = await ask('GET', '/v1/voices', { query: { show_legacy: 'true' } });
  expect([answer.status, answer.bytes.toString('utf8')]).toEqual([200, '{"voices":[]}']);
  expect(room.calls[0]?.path).toMatch(/voices\?show_legacy=true$/);
  expect((await room.state()).spentNanoUsd).toBe(0);
});

const VOICE = {
  voice_id: 'v1',
  name: 'Ada',
  category: 'cloned',
  preview_url: 'https://storage.example/database/user/u_operator/voices/v1.mp3',
  samples: [{ sample_id: 's_operator' }],
  sharing: { public_owner_id: 'operator' },
  permission_on_resource: 'admin-operator',
  fine_tuning: { verification_failures: ['operator'] },
  is_owner: true,
};
const LIBRARY_VOICE = {
  voice_id: 'v2',
  public_owner_id: 'their-owner',
  rate: 2,
  preview_url: 'https://storage.example/database/user/theirs/v2.mp3',
  is_added_by_user: true,
  is_bookmarked: true,
};
const SHOWN_VOICE = { voice_id: 'v1', name: 'Ada', category: 'cloned' };
const { is_added_by_user: _added, is_bookmarked: _kept, ...SHOWN_LIBRARY_VOICE } = LIBRARY_VOICE;

test.each<[string, object, object]>([
  ['/v1/voices', { voices: [VOICE], operator: 1 }, { voices: [SHOWN_VOICE] }],
  [
    '/v2/voices',
    { voices: [VOICE], has_more: false, total_count: 1 },
    { voices: [SHOWN_VOICE], has_more: false, total_count: 1 },
  ],
  ['/v1/voices/v1', VOICE, SHOWN_VOICE],
  [
    '/v1/shared-voices',
    { voices: [LIBRARY_VOICE], has_more: true, last_sort_id: 'a' },
    { voices: [SHOWN_LIBRARY_VOICE], has_more: true, last_sort_id: 'a' },
  ],
])(
  '%s shows what to choose by, and nothing of the account but to an admin key',
  async (path, all, shown) => {
    await room.mint();
    room.json(all);
    expect(JSON.parse((await ask('GET', path)).bytes.toString('utf8'))).toEqual(shown);
    room.stop();
    room = await unitRoom();
    await room.mint({ scope: 'admin', capNanoUsd: null });
    room.json(all);
    expect(JSON.parse((await ask('GET', path)).bytes.toString('utf8'))).toEqual(all);
  },
);

test('an answer that is no list of voices is not shown', async () => {
  await room.mint();
  room.json(['operator']);
  await expect(ask('GET', '/v1/voices')).rejects.toMatchObject({
    code: 'provider_stream_malformed',
  });
});

const OPERATORS: readonly (readonly [string, string])[] = [
  ['POST', '/v1/sound-generation'],
  ['POST', '/v1/text-to-dialogue'],
  ['POST', '/v1/speech-to-speech/voice'],
  ['POST', '/v1/music'],
  ['POST', '/v1/voices/add'],
  ['POST', '/v1/voices/voice/edit'],
  ['GET', '/v1/voices/voice/samples/one/audio'],
  ['GET', '/v1/pronunciation-dictionaries'],
  ['GET', '/v1/user'],
  ['GET', '/v1/user/subscription'],
  ['GET', '/v1/history'],
  ['GET', '/v1/workspaces/members'],
  ['PATCH', '/v1/workspace/members'],
  ['DELETE', '/v1/voices/voice'],
  ['GET', '/v3/voices'],
  ['POST', '/v9/anything'],
];

test.each(OPERATORS)(
  "%s %s has no price for a key with a cap, and without one is an admin key's alone",
  async (method, path) => {
    for (const capNanoUsd of [1_000_000_000, null]) {
      await fresh();
      await room.mint({ capNanoUsd });
      const code = capNanoUsd === null ? 'admin_scope_required' : 'feature_not_priced';
      await expect(ask(method, path)).rejects.toMatchObject({ code });
      expect(room.calls).toEqual([]);
    }
  },
);

test('what is not metered is for an admin key that nothing bounds', async () => {
  await room.mint({ scope: 'admin' });
  await expect(ask('POST', '/v1/sound-generation')).rejects.toMatchObject({
    code: 'feature_not_priced',
  });
  await fresh();
  await room.mint({ scope: 'admin', capNanoUsd: null });
  room.json({});
  expect((await ask('POST', '/v1/sound-generation')).status).toBe(200);
});

test("the operator's key is not shown to an admin key", async () => {
  await room.mint({ scope: 'admin', capNanoUsd: null });
  room.json({ user_id: 'u', xi_api_key: 'sk_operator' });
  const { bytes } = await ask('GET', '/v1/user');
  expect(JSON.parse(bytes.toString('utf8'))).toEqual({ user_id: 'u', xi_api_key: '...' });
});

test.each([
  ['POST', '/v1/single-use-token/realtime_scribe'],
  ['GET', '/v1/convai/conversation/token'],
  ['GET', '/v1/convai/conversation/get-signed-url'],
  ['GET', '/v1/convai/conversation/get_signed_url'],
  ['POST', '/v1/service-accounts/one/api-keys'],
  ['GET', '/v1/convai/secrets'],
  ['GET', '/v1/voices/../user'],
  ['GET', '/v1/voices/%2e%2e/user'],
  ['GET', '/v1//user'],
])("%s %s is nobody's, not an admin key's either", async (method, path) => {
  await room.mint({ scope: 'admin', capNanoUsd: null });
  await expect(ask(method, path)).rejects.toMatchObject({ code: 'route_not_found' });
  expect(room.calls).toEqual([]);
});

test.each([
  [{ text: 'hi', quality: 'studio' }, {}, 'quality'],
  [{ text: 'hi' }, { takes: '3' }, 'takes'],
])('%j with %j is refused by the name of its field', async (body, query, param) => {
  await room.mint();
  await expect(ask('POST', SPEAK, { body, query })).rejects.toMatchObject({
    code: 'feature_not_priced',
    facts: { param },
  });
});

test.each([['eleven_multilingual_v2'], ['elevenlabs/eleven_v3'], ['elevenlabs/voice-of-tomorrow']])(
  '%s is not called on the wire of another, and its own route is named',
  async (model) => {
    for (const capNanoUsd of [1_000_000_000, null]) {
      room.stop();
      room = await unitRoom();
      await room.mint({ capNanoUsd });
      const asked = [
        room.ask(openaiSpeech, { model, input: 'hello', voice: 'alloy' }),
        room.call({ model, messages: [{ role: 'user', content: 'hi' }] }),
      ];
      for (const answer of asked)
        await expect(answer).rejects.toMatchObject({
          code: 'dialect_not_supported_for_model',
          publicMessage: expect.stringContaining('/elevenlabs/'),
        });
      expect(room.calls).toEqual([]);
    }
  },
);

test('a price that has no rate for what is counted is none', async () => {
  const heard = elevenSpeech({ method: 'POST', path: SPEAK, query: {} });
  const wire = { ...heard, bound: () => ({ counts: { ...NO_TOKENS, seconds: 5 }, unpriced: [] }) };
  await room.mint();
  await expect(room.ask(wire, { text: 'hi' })).rejects.toMatchObject({ code: 'model_not_priced' });
  expect(room.calls).toEqual([]);
  room.stop();
  room = await unitRoom();
  await room.mint({ capNanoUsd: null });
  expect((await room.ask(wire, { text: 'hi' })).status).toBe(200);
});

test('a model that nobody knows has no price', async () => {
  await room.mint();
  const body = { text: 'hi', model_id: 'gpt-4o-mini' };
  await expect(ask('POST', SPEAK, { body })).rejects.toMatchObject({ code: 'model_not_priced' });
});
