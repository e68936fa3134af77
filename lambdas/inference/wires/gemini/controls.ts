import { traitsOf } from '../../models/families.ts';
import { describedSchema } from '../../turn/described-schema.ts';
import type { ThinkingWish, TurnRequest } from '../../turn/turn.ts';
import {
  emulated,
  refused,
  said,
  type ControlRules,
  type Granted,
  type WireObject,
} from '../control-rules.ts';

/** What a turn asks beyond its text. https://ai.google.dev/api/generate-content#generationconfig */
export const GEMINI_CONTROLS: ControlRules = {
  toolChoice: (choice, { request: { tools }, names }) => {
    if (tools.length === 0) return said();
    if (typeof choice === 'object')
      return said(calling({ mode: 'ANY', allowedFunctionNames: [names.toWire(choice.name)] }));
    const isStrict = tools.some(({ strict }) => strict === true);
    return said(calling({ mode: choice === 'auto' && isStrict ? 'VALIDATED' : MODES[choice] }));
  },
  // It cannot be kept from calling several at once: the first is shown alone.
  parallelToolCalls: (isParallel, { request: { tools } }) =>
    isParallel || tools.length === 0 ? said() : emulated(),
  topP: (topP) => said(generation({ topP })),
  output: (output) =>
    said(
      generation({
        responseMimeType: 'application/json',
        ...(output.type === 'json_schema'
          ? { responseJsonSchema: describedSchema(output.schema, output) }
          : {}),
      }),
    ),
  effort: (effort, { request: { model } }) => said(effortOf(model, effort)),
  verbosity: (verbosity) => (verbosity === 'medium' ? said() : refused('this model takes none')),
  thinking: (wish, { request }) => thinkingOf(wish, request),
  topK: (topK) => numbered({ topK }),
  // Which of them came is not told.
  stopSequences: (stopSequences) =>
    stopSequences.length > STOPS_MAX
      ? refused(`this provider takes at most ${STOPS_MAX}`)
      : emulated(generation({ stopSequences })),
  presencePenalty: (presencePenalty) => said(generation({ presencePenalty })),
  frequencyPenalty: (frequencyPenalty) => said(generation({ frequencyPenalty })),
  seed: (seed) => numbered({ seed }),
  // It has no place for one.
  endUser: () => emulated(),
  serviceTier: () => said(),
  // What was said before is kept by itself, for as long as it is.
  cache: () => emulated(),
  choices: (candidateCount) =>
    candidateCount > CHOICES_MAX
      ? refused(`this provider gives at most ${CHOICES_MAX}`)
      : said(generation({ candidateCount })),
  logprobs: (logprobs) =>
    said(generation({ responseLogprobs: true, ...(logprobs === 0 ? {} : { logprobs }) })),
};

const STOPS_MAX = 5;
/** A number of 32 bits: https://ai.google.dev/api/generate-content#generationconfig */
const NUMBER_MAX = 2 ** 31 - 1;
/** https://ai.google.dev/api/generate-content#generationconfig */
const CHOICES_MAX = 8;
const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const;

const generation = (fields: WireObject): WireObject => ({ generationConfig: fields });
const numbered = (fields: Readonly<Record<string, number>>): Granted =>
  Object.values(fields).every((value) => Math.abs(value) <= NUMBER_MAX)
    ? said(generation(fields))
    : refused(`this provider takes at most ${NUMBER_MAX}`);
const calling = (fields: WireObject): WireObject => ({
  toolConfig: { functionCallingConfig: fields },
});
const thinks = (fields: WireObject): WireObject => generation({ thinkingConfig: fields });

/** How much to think, where a model takes a number of tokens: https://ai.google.dev/gemini-api/docs/openai#thinking */
const BUDGETS: Readonly<Record<string, number>> = {
  none: 0,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
};

const takesBudget = (model: string): boolean => /(?:^|\/)gemini-2/.test(model);

/** Who asks for thoughts is shown what the model shows of them. */
const effortOf = (model: string, effort: string): WireObject => {
  if (!takesBudget(model)) return thinks({ thinkingLevel: effort, includeThoughts: true });
  const thinkingBudget = BUDGETS[effort] ?? DYNAMIC;
  return thinks({ thinkingBudget, ...(thinkingBudget === 0 ? {} : { includeThoughts: true }) });
};

/** As much as the model finds right. */
const DYNAMIC = -1;
/** What every model that takes a budget takes: https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const BUDGET_MIN = 512;
const BUDGET_MAX = 24_576;
/** Levels by the least budget that asks for each. */
const LEVELS = [
  ['high', 16_384],
  ['medium', 4_096],
  ['low', 0],
] as const;

const thinkingOf = (wish: ThinkingWish, { model, controls = {} }: TurnRequest): Granted => {
  const { efforts } = traitsOf(model);
  if (wish.type === 'disabled') {
    if (efforts.length === 0) return said();
    if (efforts.includes('none')) return said(effortOf(model, 'none'));
    return efforts.includes('minimal')
      ? emulated(thinks({ thinkingLevel: 'minimal' }))
      : refused('this model always thinks');
  }
  if (efforts.length === 0) return refused('this model does not think');
  if (controls.effort !== undefined) return said();
  if (wish.type === 'adaptive')
    return said(
      thinks({
        ...(takesBudget(model) ? { thinkingBudget: DYNAMIC } : {}),
        includeThoughts: true,
      }),
    );
  if (!takesBudget(model)) {
    const wanted = LEVELS.filter(([, least]) => wish.budgetTokens >= least).map(([word]) => word);
    const level = wanted.find((word) => efforts.includes(word)) ?? 'high';
    return emulated(effortOf(model, level));
  }
  const thinkingBudget = Math.max(BUDGET_MIN, Math.min(BUDGET_MAX, wish.budgetTokens));
  const fields = thinks({ thinkingBudget, includeThoughts: true });
  return thinkingBudget === wish.budgetTokens ? said(fields) : emulated(fields);
};
