/** What came within the last hours, the latest weighing most, and what should have. */
export interface Scale {
  readonly came: number;
  readonly usual: number;
  /** How far healthy hours are apart beyond chance: the square of a share. */
  readonly dispersion: number;
}

/** How far the last hours are from usual on one scale. */
export interface Reading {
  readonly z: number;
  /** What came by what is usual, as a logarithm. */
  readonly effect: number;
  readonly more: number;
  /** How much of the square of z is no chance, and how much it tells. */
  readonly beyondChance: number;
  readonly sureness: number;
}

/**
 * The z of bursts (Anscombe's transform) over hours that fade, for counts whose dispersion grows with their mean as that
 * of a negative binomial: https://doi.org/10.1093/biomet/35.3-4.246
 */
export const readingOf = ({ came, usual, dispersion }: Scale, hours: number): Reading => {
  // Sums that fade are as sure as a plain sum of so many times them.
  const sure = 2 - 1 / hours;
  const [mine, mean] = [came * sure, usual * sure];
  const distance = 2 * (Math.sqrt(mine + 3 / 8) - Math.sqrt(mean + 3 / 8));
  return {
    z: distance / Math.sqrt(1 + dispersion * mean),
    effect: Math.log((came + 0.5) / (usual + 0.5)),
    more: came - usual,
    beyondChance: mean > 0 ? (distance * distance - 1) / mean : 0,
    sureness: mean / (mean + 100),
  };
};

/** The scale of several hours that it is farthest from usual on. */
export const strongest = (
  readings: readonly Reading[],
): readonly [place: number, reading: Reading | undefined] => {
  let best = 1;
  for (const [place, { z }] of readings.entries())
    if (place > 0 && Math.abs(z) > Math.abs(readings[best]?.z ?? 0)) best = place;
  return [best, readings[best]];
};
