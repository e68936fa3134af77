import type { Flat } from './flatten.ts';

/** What the name of an attribute says that may be in it, so that the rest need not look. */
export const TRAITS = { exception: 1, http: 2, id: 4, event: 8 } as const;

const PATTERNS: readonly (readonly [RegExp, number])[] = [
  [/^(?:(?:exception|err|error|payload\.err(?:or)?|cause)\.|stack(?:_trace)?$)/, TRAITS.exception],
  [/^(?:http|req|res)\./, TRAITS.http],
  [/^(?:trace|span)(?:_id|Id|\.id)$/, TRAITS.id],
  [/^event\.name$/, TRAITS.event],
];

/** Names repeat from record to record: so many are remembered, then it begins anew. */
const NAMES_MAX = 4_096;
const known = new Map<string, number>();

const traitsOfKey = (key: string): number => {
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
