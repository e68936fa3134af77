import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { wireMedia } from '../../lambdas/inference/wire-media.ts';
import { dynamoCancelFlags } from '../../lambdas/ledger/adapters/dynamo-cancel-flags.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { dynamoCapBook } from '../../lambdas/ledger/adapters/dynamo-cap-book.ts';
import { wireRouting } from '../../lambdas/inference/wire-routing.ts';
import { once } from '../../lambdas/shared/once.ts';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { httpModelClient } from '../../lambdas/inference/adapters/http-model-client.ts';
import { keyItem, keyStateOf } from '../../lambdas/ledger/adapters/key-item.ts';
import { LIST_PRICES, type PriceBook } from '../../lambdas/inference/models/own-prices.ts';
import type { ContentSampler } from '../../lambdas/inference/ports/content.ts';
import type { Hold, HoldRequest, NewKey } from '../../lambdas/ledger/ports.ts';
import type { SpendEvent } from '../../lambdas/ledger/ports/spend-events.ts';
import type { WireName } from '../../lambdas/inference/models/families.ts';
import type { ProviderAccount } from '../../lambdas/inference/ports/providers.ts';
import type { CompleteAnswer, CompleteInput } from '../../lambdas/inference/calls/call-types.ts';
import { complete } from '../../lambdas/inference/calls/complete.ts';
import { utf8Text } from '../../lambdas/shared/utf8.ts';
import { newHoldId, requestIdOf } from '../../lambdas/shared/ids.ts';
import { KEY_ID, newKey } from './key-items.ts';
import { MemoryTables } from './memory-tables.ts';

type SampledCall = Parameters<ContentSampler['offer']>[0];

/**
 * The deployed use case of a call over the deployed ledger on a table in memory, and a real HTTP client, which takes a
 * provider for dead after `silenceMs`.
 */
export const engineRoom = (upstreamUrl: string, silenceMs = 60_000, simulated = false) => {
  const tables = new MemoryTables();
  const told: SpendEvent[] = [];
  const reports: string[] = [];
  const sampled: SampledCall[] = [];
  const account = (name: string, wire: WireName): ProviderAccount => ({
    name,
    wire,
    baseUrl: upstreamUrl,
    apiKey: 'sk-upstream',
    simulated,
  });
  const accounts = [
    account('openai', 'openai-chat'),
    account('deepseek', 'openai-chat'),
    account('custom', 'openai-chat'),
    account('elevenlabs', 'openai-chat'),
    account('ollama', 'openai-chat'),
    account('anthropic', 'anthropic-messages'),
    account('google', 'gemini'),
    account('bedrock', 'bedrock-converse'),
  ];
  const keys = dynamoKeyRegister({ tables });
  const clock = { nowMs: () => Date.now() };
  const loadRouting = once(async () => wireRouting({ tables, clock, report: () => undefined }));
  const deps = {
    ledger: dynamoSpendLedger({ tables }),
    keys,
    accounts: {
      list: async () => accounts,
      get: async (name: string) => accounts.find((one) => one.name === name) ?? null,
    },
    stagePrices: { book: async (): Promise<PriceBook> => LIST_PRICES },
    modelClient: httpModelClient({
      firstByteTimeoutMs: silenceMs,
      betweenBytesTimeoutMs: silenceMs,
    }),
    cancelFlags: dynamoCancelFlags({ tables }),
    spendEvents: {
      tell: async (event: SpendEvent) => {
        told.push(event);
        return 'told' as const;
      },
    },
    capBook: dynamoCapBook({ tables }),
    clock,
    loadTokenizer: async () => (text: string) => countTokens(text),
    loadMedia: async () => wireMedia(true),
    loadRouting,
    repriceHold: async (hold: Hold, request: HoldRequest) =>
      await (await loadRouting()).repriceHold(hold, request),
    allowedFeatures: new Set<string>(),
    metrics: { record: () => undefined },
    sampler: {
      offer: (call: SampledCall) => void sampled.push(call),
    },
    note: () => undefined,
    report: (message: string) => void reports.push(message),
  };
  const send = async (
    body: Uint8Array,
    input: Partial<CompleteInput> = {},
  ): Promise<CompleteAnswer> => {
    const holdId = newHoldId(Date.now());
    return await complete(deps, {
      wire: 'openai-chat',
      credential: { keyId: KEY_ID, secretHash: 'hash' },
      requestId: requestIdOf(KEY_ID, holdId),
      holdId,
      headers: {},
      body,
      feature: null,
      deadlineMs: Date.now() + 60_000,
      ...input,
    });
  };
  const state = async () => keyStateOf(keyItem.parse(await tables.get('keys', stateKey(KEY_ID))));
  return {
    deps,
    tables,
    told,
    sampled,
    reports,
    mint: async (fields: Partial<Omit<NewKey, 'profile'>> = {}) =>
      await keys.create(newKey({ capNanoUsd: 1_000_000_000, nowMs: Date.now(), ...fields })),
    state,
    /** Who asks what costs nothing. */
    asker: async () => ({ key: await state(), deadlineMs: Date.now() + 60_000 }),
    last: async () => keyItem.parse(await tables.get('keys', stateKey(KEY_ID))).last,
    call: async (body: object, input: Partial<CompleteInput> = {}): Promise<CompleteAnswer> =>
      await send(
        Buffer.from(
          JSON.stringify({
            model: 'gpt-4o-mini',
            messages: [{ role: 'user', content: 'hi' }],
            ...body,
          }),
        ),
        input,
      ),
    send,
  };
};

export const textOf = async ({ body }: CompleteAnswer): Promise<string> => {
  if (body instanceof Uint8Array) return utf8Text(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
};
