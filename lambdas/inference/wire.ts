import { wireBooks, wireKeyBooks, type Books, type KeyBooks } from '../ledger/wire.ts';
import type { JsonCall } from '../platform/aws/aws-json-client.ts';
import { systemClock } from '../platform/clock.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { logger } from '../platform/logger.ts';
import { secretReader } from '../platform/secrets.ts';
import { httpModelClient } from './adapters/http-model-client.ts';
import { logContentSampler } from './adapters/log-content-sampler.ts';
import { secretProviderAccounts } from './adapters/secret-provider-accounts.ts';
import type { CountTokens } from './calls/bound.ts';
import type { CompleteDeps } from './calls/call-types.ts';
import { inPieces } from './calls/count-pieces.ts';
import { inferenceEnv, type InferenceEnv } from './env.ts';

/** What knows keys and ends calls, without what makes one: it reads no provider's key. */
export type Settling = KeyBooks & Pick<CompleteDeps, 'loadTokenizer' | 'sampler'>;

export type Inference = Books & CompleteDeps;

/** The engine room's adapters, made once per cold start. */
export const wireInference = (call: JsonCall = dynamoCalls()): Inference => {
  const env = readEnv(inferenceEnv);
  return {
    ...wireBooks(call),
    ...settling(env),
    accounts: secretProviderAccounts({
      readSecret: secretReader(env.PROVIDER_SECRET_ID),
      clock: systemClock,
    }),
    modelClient: httpModelClient(),
    allowedFeatures: new Set(env.ALLOWED_FEATURES.split(',')),
  };
};

/** For those that read and end calls that others made. */
export const wireSettling = (call: JsonCall = dynamoCalls()): Settling => ({
  ...wireKeyBooks(call),
  ...settling(readEnv(inferenceEnv)),
});

const settling = (env: InferenceEnv): Pick<CompleteDeps, 'loadTokenizer' | 'sampler'> => ({
  loadTokenizer,
  sampler: logContentSampler({
    share: Number(env.CONTENT_SAMPLE_SHARE),
    random: Math.random,
    log: (message, facts) => logger.info(message, { ...facts }),
  }),
});

const loadTokenizer = async (): Promise<CountTokens> => {
  const { countTokens } = await import('#beside/tokenizer');
  // Text that spells a special token is plain text here.
  return inPieces((text) =>
    countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() }),
  );
};
