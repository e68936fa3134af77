import { closest, hint } from '../../shared/closest.ts';
import { MODEL_NAMES } from './model-names.ts';

/** Models that a refusal lists. */
const LISTED_MAX = 9;

const modelHint = (model: string): string => {
  const meant = closest(
    model,
    MODEL_NAMES.map(({ id }) => id),
  );
  return `${meant === null ? '' : ` Did you mean ${meant}?`} GET /v1/models lists what this key may call.`;
};

export const modelNotFoundWords = (model: string): string =>
  `The model ${model} does not exist here.${modelHint(model)}`;

export const modelNotCountedWords = (model: string): string =>
  `The model ${model} cannot be counted here.${modelHint(model)}`;

export const modelNotPricedWords = (model: string): string =>
  `${model} has no price, so a key with a cap cannot use it.${modelHint(model)}`;

export const modelNotAllowedWords = (allowed: readonly string[]): string => {
  const more = allowed.length > LISTED_MAX ? ', ...' : '';
  return `This key may not use this model. It may use: ${allowed.slice(0, LISTED_MAX).join(', ')}${more}.`;
};

export const featureNotPricedWords = (
  path: string,
  name: string,
  known: Iterable<string>,
): string => {
  const field = path.split('.').at(-1) ?? '';
  const meant = hint(field, known);
  // An unknown field is what its path ends with: it is named once.
  const what = field === name ? path : `${path}: ${name}`;
  return `${what} has no price or no upper bound here, so a key with a cap or a list of models cannot use it${meant === '' ? '.' : meant}`;
};

export const notConfiguredWords = (provider: string): string =>
  `The provider ${provider} is not configured: this stage has no key of it. \`npm run ops -- provider-key set ${provider}\` sets one.`;
