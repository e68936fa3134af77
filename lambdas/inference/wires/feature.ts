import { AppError } from '../../shared/app-error.ts';

const FEATURE = /^[^\p{Cc}\p{Cs}]{1,64}$/u;

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
