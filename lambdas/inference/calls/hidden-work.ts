import { factOf, kinOf } from '../models/families.ts';
import { priceIn } from '../models/own-prices.ts';
import type { HeldCall } from './call-types.ts';

type Stopped = Pick<HeldCall, 'call' | 'route' | 'prices' | 'startedAtMs'> &
  Partial<Pick<HeldCall, 'injectedMaxTokens'>>;

/** The fastest of a provider that nobody here knows. */
const TOKENS_PER_SECOND = 220;
const OUTPUT_TOKENS = 4_096;

/**
 * The output that a provider may have made without showing it, in a call that ended early after so long: thoughts that it keeps
 * to itself, and all of an answer that comes in one piece. It bills for them, and its count comes only with the end that nobody
 * saw; so they are taken at the highest speed that is published for the family, and at most at what was held. Free, a caller
 * could have the work again and again by leaving before its count.
 */
export const hiddenTokens = (stopped: Stopped, ranMs: number): number => {
  const { call, route } = stopped;
  if (call.isStream && !hidesThoughts(stopped)) return 0;
  const family = kinOf(route.model);
  const held = heldOutputTokens(stopped) ?? OUTPUT_TOKENS * call.choices;
  const speed = (family?.tokensPerSecond ?? TOKENS_PER_SECOND) * call.choices;
  return Math.min(held, Math.ceil((Math.max(0, ranMs) / 1_000) * speed));
};

/** The output that a call was held for, of all its choices; null: what has no price is not held for. */
export const heldOutputTokens = ({
  call,
  route,
  prices,
  injectedMaxTokens,
  startedAtMs,
}: Stopped): number | null => {
  const usual = priceIn(prices, route, startedAtMs)?.defaultOutputTokens;
  const limit = call.maxTokens ?? injectedMaxTokens ?? usual;
  return limit === undefined ? null : limit * call.choices;
};

const THINKING_FIELDS = ['thinking', 'reasoning_effort'] as const;

/** `"high"` and `{"type":"enabled"}`. */
const wordOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'type' in value ? value.type : value;

const isOff = (word: unknown): boolean => word === 'disabled' || word === 'none';

/** Does the model think in this call, and show less than all of it? */
const hidesThoughts = ({ call, route }: Stopped): boolean => {
  const family = kinOf(route.model);
  if (family?.showsThoughts === true) return false;
  if (call.thinks !== undefined) return call.thinks;
  // Whoever else runs a model may start its thinking by either field.
  const isOwn = family?.provider === route.provider;
  const fields = isOwn ? [family.thinkingField] : THINKING_FIELDS;
  const said = fields
    .map((field) => ({ field, word: wordOf(call.body[field]) }))
    .filter(({ word }) => typeof word === 'string');
  if (said.some(({ word }) => !isOff(word))) return true;
  if (said.some(({ field }) => family === null || field === family.thinkingField)) return false;
  return factOf(route.model, ({ outputLimits }) => outputLimits)?.isReasoning ?? false;
};
