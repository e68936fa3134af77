/** What speaks for something within a category of a score, in thousandths. */
export interface Reason {
  readonly name: string;
  readonly value: number;
}

/** A slow change, as its score reads it. */
export interface DriftEvidence {
  /** Standard deviations, over so many hours. */
  readonly z: number;
  readonly hours: number;
  /** What came by what is usual. */
  readonly times: number;
  readonly severity: 'medium' | 'low';
}

/** Ten deviations leave no doubt, and ten times the usual neither. */
export const driftReasons = ({ z, hours, times }: DriftEvidence): readonly Reason[] => [
  { name: `z ${z.toFixed(1)} over ${hours} h`, value: thousandths(Math.abs(z) / 10) },
  {
    name: `${times.toPrecision(2)} times what is usual`,
    value: thousandths(Math.abs(Math.log10(Math.max(times, 0.1)))),
  },
];

const thousandths = (share: number): number => Math.round(1_000 * Math.min(1, share));

/** Nobody is woken for what takes days. null: the parts alone are right. */
export const adjustDrift = (
  { severity }: DriftEvidence,
  base: number,
): { readonly name: string; readonly points: number } | null => {
  const [floor, cap] = severity === 'medium' ? [450, 649] : [400, 449];
  if (base > cap)
    return { name: `cap: a drift of this kind is ${severity} at most`, points: cap - base };
  return base < floor ? { name: 'floor: drift', points: floor - base } : null;
};
