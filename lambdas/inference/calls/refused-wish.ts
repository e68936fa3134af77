import { AppError } from '../../shared/app-error.ts';
import type { ControlProblem } from '../models/control-problem.ts';
import type { ControlRefusal } from '../turn/turn.ts';

/** 400 of a wish that a model, or its wire, cannot grant: it names the wish. */
export const refusedWish = ({ control, reason }: ControlProblem | ControlRefusal): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${control}: ${reason}`,
    facts: { param: control },
  });
