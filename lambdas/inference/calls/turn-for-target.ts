import { controlProblem } from '../models/control-problem.ts';
import { effortWish, isEffort } from '../models/efforts.ts';
import type { TurnControls, TurnRequest } from '../turn/turn.ts';
import { refusedWish } from './refused-wish.ts';

/**
 * A turn as one model of its route is asked: how much to think is said in that model's words. Throws AppError (400) for a
 * wish that this model cannot grant.
 */
export const turnForTarget = (asked: TurnRequest, model: string): TurnRequest => {
  const request = { ...asked, model, controls: controlsFor(asked.controls ?? {}, model) };
  const problem = controlProblem(request);
  if (problem !== null) throw refusedWish(problem);
  return request;
};

const controlsFor = (controls: TurnControls, model: string): TurnControls => {
  const { effort, thinking: _beside, ...others } = controls;
  if (effort === undefined || !isEffort(effort)) return controls;
  const { toolChoice = 'auto' } = controls;
  const wish = effortWish(model, effort, toolChoice === 'auto' || toolChoice === 'none');
  // The wish stays with a model that cannot be told: it is refused for it.
  return wish === null ? controls : { ...others, ...wish.controls };
};
