import { traitsOf } from '../models/families.ts';
import type { TurnRequest } from '../turn/turn.ts';

const WORDS =
  'Answer with one JSON object and nothing else: no words around it, and no code fence.';

/**
 * JSON of any shape, of a model whose provider keeps to no such wish: the model is told in words. The same request where it is
 * no such wish or no such model.
 */
export const withJsonWords = (request: TurnRequest): TurnRequest => {
  const { output, ...controls } = request.controls ?? {};
  if (output?.type !== 'json_object' || traitsOf(request.model).outputs.includes('object'))
    return request;
  const { system } = request;
  return { ...request, controls, system: system === null ? WORDS : `${system}\n\n${WORDS}` };
};
