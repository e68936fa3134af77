import { ATTRIBUTE_KEY_CHARS_MAX } from '../limits.ts';
import type { Flat } from './flatten.ts';

/**
 * What the name of an attribute says that may be in it, so that the rest need not look; `odd` is a name that is not stored
 * as it came.
 */
export const TRAITS = { exception: 1, http: 2, id: 4, event: 8, odd: 16 } as const;

const PATTERNS: readonly (readonly [RegExp, number])[] = [
  [
    /^(?:(?:exception|err|error|payload\.err(?:or)?|cause|thrown|attr)\.|(?:stack(?:_?[Tt]race)?|exception|exc_info|err|error|cause|full_message|@x|Exception)$)/,
    TRAITS.exception,
  ],
  [/^(?:http|req|res)\./, TRAITS.http],
  [
    /^(?:(?:trace|span)(?:_id|Id|ID|\.id)|(?:Trace|Span)Id|otel(?:Trace|Span)ID|logging\.googleapis\.com\/(?:trace|spanId)|@(?:tr|sp)|dd\.trace_id)$/,
    TRAITS.id,
  ],
  [/^event\.name$/, TRAITS.event],
  [/^$|\0|^__proto__$/, TRAITS.odd],
];

/** Names repeat from record to record: so many are remembered, then it starts again. */
const NAMES_MAX = 4_096;
const known = new Map<string, number>();

/** 0 for most. */
export const traitsOfKey = (key: string): number => {
  if (key.length > ATTRIBUTE_KEY_CHARS_MAX) return TRAITS.odd;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= NAMES_MAX) known.clear();
  const traits = PATTERNS.reduce(
    (sum, [pattern, trait]) => (pattern.test(key) ? sum | trait : sum),
    0,
  );
  known.set(key, traits);
  return traits;
};

/** Of all attributes together. */
export const traitsOf = (flat: Flat): number => {
  let traits = 0;
  for (const key of flat.keys()) traits |= traitsOfKey(key);
  return traits;
};
