import { isRecord } from '../../http/body.ts';
import { AppError } from '../../shared/app-error.ts';
import { FEATURE_RULE, featureWord } from '../../shared/feature.ts';

type Body = Readonly<Record<string, unknown>>;

/** The word that attributes a call, from the request's own metadata. Throws AppError 400 for one that is no word. */
export const featureOf = (metadata: Body | null | undefined): string | null => {
  const feature = metadata?.['feature'];
  if (typeof feature !== 'string' || feature.trim() === '') return null;
  const word = featureWord(feature);
  if (word !== null) return word;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `metadata.feature: ${FEATURE_RULE}`,
    facts: { param: 'metadata.feature' },
  });
};

/** The body without that word: it is said to us, and a provider refuses metadata that it does not know. */
export const withoutFeature = (body: Body): Body => {
  const { metadata, ...rest } = body;
  if (!isRecord(metadata) || typeof metadata['feature'] !== 'string') return body;
  const { feature: _feature, ...more } = metadata;
  return Object.keys(more).length === 0 ? rest : { ...rest, metadata: more };
};
