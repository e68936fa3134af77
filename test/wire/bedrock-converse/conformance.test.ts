import { EventStreamCodec } from '@smithy/core/event-streams';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { roleSigner } from '../../../lambdas/inference/adapters/role-signer.ts';
import { secretProviderAccounts } from '../../../lambdas/inference/adapters/secret-provider-accounts.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { bedrockConverse } from '../../../lambdas/inference/wires/bedrock-converse/wire.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import { requests } from '../../support/arbitrary-turns.ts';
import { bedrockRefusals } from '../../support/strict/bedrock-body.ts';
import { cutAt, isWellFormed, readAnswer, readTurn, reasonsOf } from '../../support/wire-reader.ts';

const MODEL = 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const [, NAME = ''] = MODEL.split('/');
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8Text(bytes)),
  (text) => Buffer.from(text),
);
const header = (value: string) => ({ type: 'string', value }) as const;

/** A message as the SDK writes it. */
const message = (kind: 'event' | 'exception', type: string, payload: object): Uint8Array =>
  codec.encode({
    headers: {
      ':message-type': header(kind),
      [`:${kind}-type`]: header(type),
      ':content-type': header('application/json'),
    },
    body: Buffer.from(JSON.stringify(payload)),
  });
const event = (type: string, payload: object) => message('event', type, payload);
const delta = (contentBlockIndex: number, fields: object) =>
  event('contentBlockDelta', { contentBlockIndex, delta: fields });
const stop = (contentBlockIndex: number) => event('contentBlockStop', { contentBlockIndex });
const USAGE = {
  inputTokens: 100,
  outputTokens: 20,
  totalTokens: 160,
  cacheReadInputTokens: 30,
  cacheWriteInputTokens: 10,
  cacheDetails: [{ ttl: '1h', inputTokens: 4 }],
};
const END = [
  event('messageStop', { stopReason: 'tool_use' }),
  event('metadata', { usage: USAGE, metrics: { latencyMs: 7 } }),
];
const WORDS = [
  event('messageStart', { role: 'assistant' }),
  delta(0, { reasoningContent: { text: 'Hm.' } }),
  delta(0, { reasoningContent: { signature: 'U0lH' } }),
  stop(0),
  delta(1, { text: 'Grüße ' }),
  delta(1, { text: '日本' }),
  stop(1),
  event('contentBlockStart', {
    contentBlockIndex: 2,
    start: { toolUse: { toolUseId: 't-1', name: 'server__tool' } },
  }),
  delta(2, { toolUse: { input: '{"city":' } }),
  delta(2, { toolUse: { input: '"Oslo"}' } }),
  stop(2),
];
const BLOCKS = [
  { type: 'thinking', thinking: 'Hm.', signature: 'U0lH' },
  { type: 'text', text: 'Grüße 日本' },
  { type: 'tool_use', id: 't-1', name: 'server/tool', input: { city: 'Oslo' } },
];
const BYTES = Buffer.concat([...WORDS, ...END]);

describe('an answer of ConverseStream', () => {
  test('is read to the same end, wherever it is cut', async () => {
    const whole = await readAnswer(bedrockConverse, [BYTES]);
    expect(whole.shown).toBe(BYTES.toString('utf8'));
    expect(whole.state).toMatchObject({
      text: 'Hm.Grüße 日本server__tool{"city":"Oslo"}',
      ended: true,
      failed: false,
    });
    expect(whole.usage).toMatchObject({
      input: 100,
      output: 20,
      cacheRead: 30,
      cacheWrite5m: 6,
      cacheWrite1h: 4,
    });
    for (let place = 1; place < BYTES.length; place += 1)
      expect(await readAnswer(bedrockConverse, cutAt(BYTES, [place]))).toEqual(whole);
    const each = Array.from({ length: BYTES.length - 1 }, (_, index) => index + 1);
    expect(await readAnswer(bedrockConverse, cutAt(BYTES, each))).toEqual(whole);
  });

  test('is a turn with its thought, its mark and its call', async () => {
    const events = await readTurn(bedrockConverse, [BYTES]);
    expect(isWellFormed(events)).toBe(true);
    expect(foldBlocks(events)).toEqual(BLOCKS);
    expect(reasonsOf(events)).toEqual(['tool_use']);
  });

  test('without its messageStop is cut short, whatever it counted', async () => {
    const pieces = [...WORDS, ...END.slice(1)];
    const { state } = await readAnswer(bedrockConverse, pieces);
    expect(state).toMatchObject({ finished: false, ended: false });
    expect(reasonsOf(await readTurn(bedrockConverse, pieces))).toEqual([null]);
  });

  test('up to any byte keeps what came and closes its bracket', async () => {
    for (let place = 0; place < BYTES.length; place += 11) {
      const events = await readTurn(bedrockConverse, [BYTES.subarray(0, place)]);
      if (events.length > 0) expect(isWellFormed(events)).toBe(true);
    }
  });

  test.each(['throttlingException', 'modelStreamErrorException', 'internalServerException'])(
    'ends at a %s, without its words',
    async (type) => {
      const pieces = [...WORDS, message('exception', type, { message: 'a secret prompt' })];
      expect((await readAnswer(bedrockConverse, pieces)).state).toMatchObject({ failed: true });
      const failure: unknown = await readTurn(bedrockConverse, pieces).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'provider_error' });
      expect(String(failure)).not.toContain('a secret prompt');
    },
  );

  test('passes events that it does not know', async () => {
    const { state } = await readAnswer(bedrockConverse, [BYTES]);
    const pieces = WORDS.toSpliced(3, 0, event('weather', { sun: 1 }), delta(0, { hologram: {} }));
    expect((await readAnswer(bedrockConverse, [...pieces, ...END])).state).toEqual(state);
  });

  test.each([
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['malformed_tool_use', null],
    ['max_tokens', 'max_tokens'],
    ['model_context_window_exceeded', 'max_tokens'],
    ['stop_sequence', 'stop_sequence'],
  ])('that stops for %s stops for %s', async (stopReason, reason) => {
    const pieces = [delta(0, { text: 'a' }), event('messageStop', { stopReason })];
    expect(reasonsOf(await readTurn(bedrockConverse, pieces))).toEqual([reason]);
  });

  test('whose bytes are not what was sent is no answer', async () => {
    const broken = Buffer.from(BYTES);
    broken.writeUInt8(broken.readUInt8(200) ^ 1, 200);
    await expect(readTurn(bedrockConverse, [broken])).rejects.toMatchObject({
      code: 'provider_stream_malformed',
    });
    const page = Buffer.from('<html>Bad gateway</html>');
    await expect(readTurn(bedrockConverse, [page])).rejects.toMatchObject({
      code: 'provider_stream_malformed',
    });
  });
});

test.each([MODEL, 'bedrock/amazon.nova-pro-v1:0', 'bedrock/global.anthropic.claude-opus-5'])(
  'any turn of %s keeps to the model of the service',
  (model) => {
    fc.assert(
      fc.property(requests(model), (request) => {
        const { call } = bedrockConverse.turn?.encode(request) ?? { call: null };
        if (call === null) throw new Error('it knows no turns');
        expect(bedrockRefusals(model, call.body)).toEqual([]);
        const sent = bedrockConverse.rewrite(
          call,
          model,
          request.maxTokens === null ? 4_096 : null,
        );
        expect(bedrockRefusals(model, JSON.parse(utf8Text(sent)))).toEqual([]);
        const { body: _body, ...read } = bedrockConverse.read(
          bedrockConverse.rewrite(call, model, null),
          '',
          { model, isStream: false },
        );
        expect(call).toMatchObject(read);
      }),
      { numRuns: 300 },
    );
  },
);

test('a call is signed by the role as the SDK signs it', async () => {
  const identity = {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' },
  };
  const nowMs = Date.UTC(2026, 10, 30, 12);
  const query = { model: NAME, isStream: true, headers: {} };
  const { path, headers, signedAs } = bedrockConverse.endpoint({ apiKey: null }, query);
  expect(path).toBe(`/model/${encodeURIComponent(NAME)}/converse-stream`);
  const host = 'bedrock-runtime.us-west-2.amazonaws.com';
  const body = Buffer.from('{"messages":[]}');
  const sign = roleSigner(
    () => identity,
    () => nowMs,
  );
  const request = { url: `https://${host}${path}`, method: 'POST', headers, body };
  const signed = sign(signedAs ?? '', 'us-west-2', request);
  class Sha256 {
    private readonly hash;
    constructor(key?: string | ArrayBuffer | ArrayBufferView) {
      this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
    }
    update(data: string | Uint8Array): void {
      this.hash.update(data);
    }
    async digest(): Promise<Uint8Array> {
      return await Promise.resolve(this.hash.digest());
    }
    reset(): void {
      throw new Error('not used');
    }
  }
  const theirs = await new SignatureV4({
    service: 'bedrock',
    region: 'us-west-2',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' },
    sha256: Sha256,
    applyChecksum: false,
  }).sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path,
      headers: { ...headers, host, 'content-length': String(body.length) },
      body,
    },
    { signingDate: new Date(nowMs) },
  );
  expect(signed['authorization']).toBe(theirs.headers['authorization']);
});

const bytesOf = (key: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof key === 'string') return Buffer.from(key);
  return ArrayBuffer.isView(key)
    ? Buffer.from(key.buffer, key.byteOffset, key.byteLength)
    : Buffer.from(key);
};

test('a key of Bedrock’s own goes as it is, and nothing is signed', () => {
  const query = { model: NAME, isStream: true, headers: { 'x-goog-api-key': 'sk-caller' } };
  const endpoint = bedrockConverse.endpoint({ apiKey: 'sk-account' }, query);
  expect(endpoint.signedAs).toBeUndefined();
  expect(endpoint.headers).toEqual({
    'content-type': 'application/json',
    authorization: 'Bearer sk-account',
  });
});

test('an account is a region, and no key', async () => {
  const accounts = secretProviderAccounts({
    readSecret: async () => await Promise.resolve('{"bedrock":{"region":"eu-central-1"}}'),
    clock: { nowMs: () => 0 },
  });
  expect(await accounts.get('bedrock')).toEqual({
    name: 'bedrock',
    baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    wire: 'bedrock-converse',
    apiKey: null,
    simulated: false,
    region: 'eu-central-1',
  });
});

test.each([
  ['anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
  ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_000_000_000],
  ['amazon.nova-pro-v1:0', 800_000_000],
  ['us.meta.llama4-scout-17b-instruct-v1:0', 170_000_000],
  // Other contracts, other prices.
  ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', null],
  ['amazon.nova-sonic-v1:0', null],
  ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x', null],
])('%s costs %s nano-USD a million tokens of input', (model, input) => {
  expect(priceOf('bedrock', model, Date.UTC(2026, 10, 30))?.rates.input ?? null).toBe(input);
});
