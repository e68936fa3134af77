import type { ModelTraits } from './families.ts';

/** Of a model that nobody here knows. */
export const PLAIN: ModelTraits = {
  acceptsPrefill: false,
  temperatureMax: Infinity,
  takesOneSampler: false,
  choosesParallelCalls: true,
  readsImages: true,
  readsDocuments: false,
  hears: [],
  wantsReasoningBack: false,
  efforts: [],
  thinking: null,
  hasThinkingSwitch: false,
  takesVerbosity: false,
  outputs: [],
};
