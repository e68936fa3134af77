import { familyOf, valueFor } from '../models/families.ts';
import { priceOf } from '../models/prices.ts';
import type { HeldCall } from './call-types.ts';

type Stopped = Pick<HeldCall, 'call' | 'route' | 'startedAtMs'> &
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
  const family = familyOf(route.model);
  const held = heldOutputTokens(stopped) ?? OUTPUT_TOKENS * call.choices;
  const speed = (family?.tokensPerSecond ?? TOKENS_PER_SECOND) * call.choices;
  return Math.min(held, Math.ceil((Math.max(0, ranMs) / 1_000) * speed));
};

/** The output that a call was held for, of all its choices; null: what has no price is not held for. */
export const heldOutputTokens = ({
  call,
  route,
  injectedMaxTokens,
  startedAtMs,
}: Stopped): number | null => {
  const usual = priceOf(route.provider, route.model, startedAtMs)?.defaultOutputTokens;
  const limit = call.maxTokens ?? injectedMaxTokens ?? usual;
  return limit === undefined ? null : limit * call.choices;
};

const THINKING_FIELDS = ['thinking', 'reasoning_effort'] as const;

/** `"high"` and `{"type":"enabled"}`. */
const wordOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'type' in value ? value.type : value;

/** Does the model think in this call, and show less than all of it? */
const hidesThoughts = ({ call: { body }, route }: Stopped): boolean => {
  const family = familyOf(route.model);
  if (family?.showsThoughts === true) return false;
  // Of a model that nobody here knows, either field may start it.
  const fields = family === null ? THINKING_FIELDS : [family.thinkingField];
  const asked = fields.map((field) => wordOf(body[field]));
  const said = asked.filter((word) => typeof word === 'string');
  if (said.length > 0) return said.some((word) => word !== 'disabled' && word !== 'none');
  return valueFor(family?.outputLimits ?? [], route.model)?.isReasoning ?? false;
};
