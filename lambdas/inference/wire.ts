import { settingReader } from '../ledger/adapters/read-setting.ts';
import { ledgerEnv } from '../ledger/env.ts';
import { wireBooks, wireKeyBooks, type Books, type KeyBooks } from '../ledger/wire.ts';
import type { JsonCall } from '../platform/aws/aws-json-client.ts';
import { systemClock } from '../platform/clock.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import type { Tables } from '../platform/tables/tables.ts';
import { once } from '../shared/once.ts';
import { logger, report } from '../platform/logger.ts';
import { secretReader } from '../platform/secrets.ts';
import { cachedStagePrices } from './adapters/cached-stage-prices.ts';
import { httpModelClient } from './adapters/http-model-client.ts';
import { logContentSampler } from './adapters/log-content-sampler.ts';
import { secretProviderAccounts } from './adapters/secret-provider-accounts.ts';
import { readOwnPrices } from './adapters/table-own-prices.ts';
import type { CountTokens } from './calls/bound.ts';
import type { CompleteDeps } from './calls/call-types.ts';
import { inPieces } from './calls/count-pieces.ts';
import { inferenceEnv, type InferenceEnv } from './env.ts';

/** What knows keys and ends calls, without what makes one: it reads no provider's key. */
export type Settling = KeyBooks &
  Pick<CompleteDeps, 'loadTokenizer' | 'loadMedia' | 'sampler' | 'stagePrices'>;

export type Inference = Books & CompleteDeps;

/** The engine room's adapters, made once per cold start. */
export const wireInference = (call: JsonCall = dynamoCalls()): Inference => {
  const env = readEnv(inferenceEnv);
  const loadRouting = once(async () => {
    const { wireRouting } = await import('#beside/routing');
    const tables = dynamoTables({ call, tableNames: { keys: env.KEYS_TABLE } });
    return wireRouting({ tables, clock: systemClock, report });
  });
  return {
    ...wireBooks(call),
    ...settling(env, call),
    accounts: secretProviderAccounts({
      readSecret: secretReader(env.PROVIDER_SECRET_ID),
      clock: systemClock,
    }),
    modelClient: httpModelClient(),
    loadRouting,
    repriceHold: async (...asked) => await (await loadRouting()).repriceHold(...asked),
    allowedFeatures: new Set(env.ALLOWED_FEATURES.split(',')),
  };
};

/** For those that read and end calls that others made. */
export const wireSettling = (call: JsonCall = dynamoCalls()): Settling => ({
  ...wireKeyBooks(call),
  ...settling(readEnv(inferenceEnv), call),
});

const settling = (
  env: InferenceEnv,
  call: JsonCall,
): Pick<CompleteDeps, 'loadTokenizer' | 'loadMedia' | 'sampler' | 'stagePrices'> => ({
  loadTokenizer,
  loadMedia: once(async () => {
    const { wireMedia } = await import('#beside/media');
    return wireMedia(env.LOCAL_WEBHOOKS === 'allow');
  }),
  stagePrices: cachedStagePrices({
    store: { read: async () => await readOwnPrices({ read: settingReader(tablesOf(call)) }) },
    clock: systemClock,
  }),
  sampler: logContentSampler({
    share: Number(env.CONTENT_SAMPLE_SHARE),
    random: Math.random,
    log: (message, facts) => logger.info(message, { ...facts }),
  }),
});

const tablesOf = (call: JsonCall): Tables =>
  dynamoTables({ call, tableNames: { keys: readEnv(ledgerEnv).KEYS_TABLE } });

const loadTokenizer = async (): Promise<CountTokens> => {
  const { countTokens } = await import('#beside/tokenizer');
  // Text that spells a special token is plain text here.
  return inPieces((text) =>
    countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() }),
  );
};
