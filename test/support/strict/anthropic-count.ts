import type {
  MessageCountTokensParams as BetaCount,
  MessageCreateParams as BetaMessage,
} from '@anthropic-ai/sdk/resources/beta/messages/messages.js';
import type {
  MessageCountTokensParams,
  MessageCreateParams,
} from '@anthropic-ai/sdk/resources/messages/messages.js';
import * as z from 'zod';
import { anthropicRefusals, SAMPLERS } from './anthropic-body.ts';

type Uncounted =
  | Exclude<keyof MessageCreateParams, keyof MessageCountTokensParams>
  | Exclude<keyof BetaMessage, keyof BetaCount>;
/** What a call has and a count has not. A field that comes with a later version of the SDK does not compile without it. */
const UNCOUNTED: Record<Uncounted, true> = {
  container: true,
  diagnostics: true,
  fallback_credit_token: true,
  fallbacks: true,
  inference_geo: true,
  max_tokens: true,
  metadata: true,
  service_tier: true,
  stop_sequences: true,
  stream: true,
  thread: true,
};
const EXTRA: ReadonlySet<string> = new Set([...Object.keys(UNCOUNTED), ...SAMPLERS]);

/** A count knows no limit; what is said of one beside it must hold under the highest. */
const HIGHEST_LIMIT = 128_000;

/** Why Anthropic would refuse to count this body. None: it takes it. */
export const countRefusals = (value: unknown, beta?: string): readonly string[] => {
  const told = z.record(z.string(), z.unknown()).parse(value);
  const extra = Object.keys(told).find((name) => EXTRA.has(name));
  return extra === undefined
    ? anthropicRefusals({ ...told, max_tokens: HIGHEST_LIMIT }, beta)
    : [`${extra}: Extra inputs are not permitted`];
};
