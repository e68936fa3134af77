import { isRecord } from '../../../http/body.ts';
import { claudeVersion, traitsOf } from '../../models/families.ts';
import { bareName } from '../../models/providers.ts';
import type { ThinkingWish, TurnRequest } from '../../turn/turn.ts';
import { emulated, refused, said, type Granted, type WireObject } from '../control-rules.ts';

const BUDGET_TOKENS_MIN = 1_024;
/** Where the caller leaves it to a model that must be told. */
const BUDGET_TOKENS = 8_192;

/**
 * A wish in the field `thinking`. What forbids it forbids no effort beside it, which stands alone then.
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
export const claudeThinking = (wish: ThinkingWish, request: TurnRequest): Granted => {
  const granted = grantedThinking(wish, request);
  const isBeside = wish.type === 'enabled' && request.controls?.effort !== undefined;
  return isBeside && granted.kind === 'refused' ? emulated() : granted;
};

const grantedThinking = (wish: ThinkingWish, request: TurnRequest): Granted => {
  const { thinking } = traitsOf(request.model);
  const choice = request.controls?.toolChoice;
  if (wish.type === 'disabled') return said(thinking === null ? {} : { thinking: wish });
  if (thinking === null) return refused('this model does not think');
  if (isSampled(request)) return refused('this model thinks or samples as it is told, not both');
  if (wish.type === 'adaptive' && thinking === 'adaptive')
    return said({ thinking: adaptive(request.model) });
  if (choice === 'required' || typeof choice === 'object')
    return refused('this model does not think where it must call a tool');
  if (!takesBudget(request.model)) return byEffort(wish, request);
  const asked = Math.max(
    BUDGET_TOKENS_MIN,
    wish.type === 'enabled' ? wish.budgetTokens : BUDGET_TOKENS,
  );
  const { maxTokens } = request;
  if (maxTokens !== null && maxTokens <= BUDGET_TOKENS_MIN)
    return refused(`the limit of the answer leaves no ${BUDGET_TOKENS_MIN} tokens for it`);
  const budget_tokens = maxTokens === null ? asked : budgetWithin(asked, maxTokens);
  const fields = { thinking: { type: 'enabled', budget_tokens } };
  const isExact = wish.type === 'enabled' && wish.budgetTokens === budget_tokens;
  return isExact ? said(fields) : emulated(fields);
};

/** A budget that leaves nothing of a limit is half of it, so that there is an answer after the thoughts. */
const budgetWithin = (budget: number, maxTokens: number): number =>
  budget < maxTokens ? budget : Math.max(BUDGET_TOKENS_MIN, Math.floor(maxTokens / 2));

/** Of 4.6 both; later models refuse a budget: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking */
const takesBudget = (model: string): boolean => claudeVersion(bareName(model)) < 407;

/** Later models show no thoughts unless they are asked to. */
const adaptive = (model: string): WireObject =>
  takesBudget(model) ? { type: 'adaptive' } : { type: 'adaptive', display: 'summarized' };

/** Efforts by the least budget that asks for each. */
const EFFORTS = [
  ['high', 16_384],
  ['medium', 4_096],
  ['low', 0],
] as const;

const byEffort = (wish: ThinkingWish, { model, controls = {} }: TurnRequest): Granted => {
  const budget = wish.type === 'enabled' ? wish.budgetTokens : BUDGET_TOKENS;
  const [effort = 'low'] = EFFORTS.flatMap(([word, least]) => (budget >= least ? [word] : []));
  return emulated({
    thinking: adaptive(model),
    ...(controls.effort === undefined ? { output_config: { effort } } : {}),
  });
};

/** What thoughts take of a limit that nobody named, beside the answer. */
export const thinkingTokens = ({ thinking }: WireObject): number => {
  if (!isRecord(thinking)) return 0;
  const { type, budget_tokens: budget } = thinking;
  if (type === 'adaptive') return ADAPTIVE_TOKENS;
  return type === 'enabled' && typeof budget === 'number' && budget > 0 ? budget : 0;
};
/** With the usual limit as much as models have that think by themselves. */
const ADAPTIVE_TOKENS = 12_288;

/** A budget for thinking is below the limit or refused; where the least one is not, there is no thinking. */
export const thinkingWithin = ({ thinking }: WireObject, maxTokens: number): WireObject => {
  const budget = isRecord(thinking) ? thinking['budget_tokens'] : null;
  if (!isRecord(thinking) || typeof budget !== 'number' || budget < maxTokens) return {};
  return maxTokens > BUDGET_TOKENS_MIN
    ? { thinking: { ...thinking, budget_tokens: budgetWithin(budget, maxTokens) } }
    : { thinking: { type: 'disabled' } };
};

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility */
const isSampled = ({ temperature, controls = {} }: TurnRequest): boolean =>
  (temperature ?? 1) !== 1 || controls.topK !== undefined || (controls.topP ?? 1) < TOP_P_MIN;
const TOP_P_MIN = 0.95;
