import { isAlias } from '../../../../inference/routing/route.ts';
import { effortWish, type EffortWish } from '../../../../inference/models/efforts.ts';
import { AppError } from '../../../../shared/app-error.ts';
import type { Asked } from './responses-request.ts';

const FIELD = 'reasoning.effort';

/**
 * How much to think, in the words of the model that is asked, or as it stands by a project's own name for several; null:
 * nobody says it. Throws AppError (400) for a model that cannot be told.
 */
export const askedEffort = ({
  model,
  reasoning,
  tool_choice: choice,
}: Pick<Asked, 'model' | 'reasoning' | 'tool_choice'>): EffortWish | null => {
  const effort = reasoning?.effort;
  if (effort == null) return null;
  if (isAlias(model)) return { controls: { effort }, isExact: true };
  const wish = effortWish(model, effort, !isForced(choice));
  if (wish !== null) return wish;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${FIELD}: this model takes none`,
    facts: { param: FIELD },
  });
};

/** Must it call a tool? */
const isForced = (choice: Asked['tool_choice']): boolean => {
  if (choice == null || choice === 'auto' || choice === 'none') return false;
  return choice === 'required' || choice.type !== 'allowed_tools' || choice.mode === 'required';
};
