import { DEPTH_MAX, isRecord } from '../../http/body.ts';
import { AppError } from '../../shared/app-error.ts';

const FEATURE = /^[^\p{Cc}\p{Cs}]{1,64}$/u;

export interface Leaves {
  readonly texts: string[];
  images: number;
  /** Path of the first part that has no price or no bound. */
  unpriced: string | null;
}

export const noLeaves = (): Leaves => ({ texts: [], images: 0, unpriced: null });

/** Every string and every property name below a value, as the input text it may become. */
export const collectTexts = (value: unknown, leaves: Leaves, depth = 0): void => {
  if (depth > DEPTH_MAX) throw tooDeep();
  if (typeof value === 'string') leaves.texts.push(value);
  else if (typeof value === 'number' || typeof value === 'boolean')
    leaves.texts.push(String(value));
  else if (Array.isArray(value)) {
    for (const item of value) collectTexts(item, leaves, depth + 1);
  } else if (isRecord(value)) {
    for (const [name, item] of Object.entries(value)) {
      // JSON does not say it.
      if (item === undefined) continue;
      leaves.texts.push(name);
      collectTexts(item, leaves, depth + 1);
    }
  }
};

/** `value` without the properties that carry an image's bytes or address: they are not text. */
export const withoutBytes = (value: unknown, ...names: readonly string[]): unknown =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
    : undefined;

export const tooDeep = (): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `messages: nested deeper than ${DEPTH_MAX} levels`,
    facts: { param: 'messages' },
  });

/**
 * The word that attributes a call, from the request's own metadata. Throws AppError 400 for one that is no word:
 * it becomes part of a stored row.
 */
export const featureOf = (metadata: Readonly<Record<string, unknown>> | null | undefined) => {
  const feature = metadata?.['feature'];
  if (typeof feature !== 'string' || feature === '') return null;
  if (FEATURE.test(feature)) return feature;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'metadata.feature: at most 64 printable characters',
    facts: { param: 'metadata.feature' },
  });
};
