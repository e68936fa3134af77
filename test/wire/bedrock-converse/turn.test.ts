import { EventStreamCodec } from '@smithy/core/event-streams';
import { expect, test } from 'vitest';
import { holdTurn } from '../../../lambdas/inference/calls/hold-turn.ts';
import { newMeter, streamTurn } from '../../../lambdas/inference/calls/model-turn.ts';
import type { UpstreamRequest } from '../../../lambdas/inference/ports/providers.ts';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import type { TurnEvent } from '../../../lambdas/inference/turn/turn.ts';
import { newHoldId } from '../../../lambdas/shared/ids.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { bedrockRefusals } from '../../support/strict/bedrock-body.ts';
import { text, turn, user } from '../../support/turns.ts';

const MODEL = 'bedrock/eu.amazon.nova-pro-v1:0';
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8Text(bytes)),
  (words) => Buffer.from(words),
);
const event = (type: string, payload: object): Uint8Array =>
  codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: type },
    },
    body: Buffer.from(JSON.stringify(payload)),
  });

async function* answer(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(event('messageStart', { role: 'assistant' }));
  yield event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } });
  yield event('messageStop', { stopReason: 'end_turn' });
  yield event('metadata', { usage: { inputTokens: 9, outputTokens: 2, totalTokens: 11 } });
}

test('a turn of a model of Bedrock is held for, signed, and told by its own events', async () => {
  const room = engineRoom('http://127.0.0.1:9');
  await room.mint();
  const asked: UpstreamRequest[] = [];
  const account = {
    name: 'bedrock',
    wire: 'bedrock-converse' as const,
    baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    apiKey: null,
    simulated: false,
    region: 'eu-central-1',
  };
  const deps = {
    ...room.deps,
    accounts: {
      list: async () => await Promise.resolve([account]),
      get: async () => await Promise.resolve(account),
    },
    modelClient: {
      send: async (request: UpstreamRequest) => {
        asked.push(request);
        const headers = { 'content-type': 'application/vnd.amazon.eventstream' };
        return await Promise.resolve({ status: 200, headers, body: answer() });
      },
    },
  };
  const held = await holdTurn(deps, {
    request: { ...turn(MODEL, user(text('Hi'))), maxTokens: 100 },
    credential: { keyId: KEY_ID, secretHash: 'hash' },
    requestId: 'req',
    holdId: newHoldId(Date.now()),
    feature: null,
    deadlineMs: Date.now() + 60_000,
  });
  expect((await room.state()).heldNanoUsd).toBeGreaterThan(100 * 3_200);
  const events: TurnEvent[] = [];
  const meter = newMeter();
  for await (const said of streamTurn(deps, held, meter, new AbortController().signal))
    events.push(said);
  expect(foldBlocks(events)).toEqual([{ type: 'text', text: 'Hello' }]);
  expect(meter.state).toMatchObject({ ended: true, failed: false });
  const [request] = asked;
  expect(request).toMatchObject({
    path: '/model/eu.amazon.nova-pro-v1%3A0/converse-stream',
    signedAs: 'bedrock',
  });
  expect(bedrockRefusals(MODEL, JSON.parse(utf8Text(request?.body ?? new Uint8Array())))).toEqual(
    [],
  );
});
