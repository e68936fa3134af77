import { NO_TOKENS, type TokenUsage } from '../../ledger/domain/usage.ts';
import type { Bill, Pass } from '../models/bill.ts';
import { kinOf, outputLimitOf } from '../models/families.ts';
import { knownProvider } from '../models/providers.ts';
import { openedWindowTokens } from '../models/price-terms.ts';
import { windowTokensOf } from './bound.ts';
import { heldOutputTokens } from './hidden-work.ts';
import type { HeldCall } from './call-types.ts';

type Asked = Pick<HeldCall, 'call' | 'route' | 'prices' | 'startedAtMs'> &
  Partial<Pick<HeldCall, 'injectedMaxTokens'>>;

/** The table rounds windows. */
const WINDOW_MARGIN = 1.05;
/** More than a model makes in one answer. */
const SEARCHES_MAX = 1_000;

/**
 * A bill without the counts that cannot be: more than a model reads in one pass, or puts out for all choices. A provider that
 * disregards a caller's limit bills what it says, so the limit of the model counts. The same bill: all of it can be.
 */
export const possibleBill = (asked: Asked, bill: Bill): Bill => {
  const passes = bill.passes.map((pass) => possiblePass(asked, pass));
  return passes.every((pass, at) => pass === bill.passes[at]) ? bill : { ...bill, passes };
};

const possiblePass = (asked: Asked, pass: Pass): Pass => {
  if (pass.tokens.searches > SEARCHES_MAX)
    return possiblePass(asked, { ...pass, tokens: { ...pass.tokens, searches: 0 } });
  const { tokens } = pass;
  const model = pass.model ?? asked.route.model;
  // Each search is one more reading of all that came before it, and all readings are reported as one.
  const window = windowOf(asked, model) * (1 + tokens.searches);
  const isIn = inputOf(tokens) <= window;
  const isOut = tokens.output <= outputMax(asked, model, window);
  if (isIn && isOut) return pass;
  const { searches, output, reasoning, audioOutput, ...input } = tokens;
  return {
    ...pass,
    tokens: {
      ...NO_TOKENS,
      searches,
      ...(isIn ? input : {}),
      ...(isOut ? { output, reasoning, audioOutput } : {}),
    },
  };
};

const windowOf = ({ route: { provider } }: Asked, model: string): number =>
  Math.max(windowTokensOf(provider, model), openedWindowTokens(provider)) * WINDOW_MARGIN;

const outputMax = (asked: Asked, model: string, window: number): number => {
  const { provider } = asked.route;
  // AWS runs models as their makers made them; the same name at somebody else may be anything.
  const isOfAws = knownProvider(provider)?.awsService !== undefined;
  const isItself = isOfAws || kinOf(model)?.provider === provider;
  const limit = isItself ? outputLimitOf(model) : null;
  return Math.max(heldOutputTokens(asked) ?? 0, (limit ?? window) * asked.call.choices);
};

/** All that a pass read. */
export const inputOf = ({
  input,
  cacheRead,
  cacheWrite5m,
  cacheWrite1h,
  audioInput,
}: TokenUsage): number => input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
