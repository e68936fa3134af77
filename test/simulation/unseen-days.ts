/** Runs every seed, and answers which of these days no run saw. What a run throws is thrown with its seed. */
export const unseenDays = async (
  seeds: number,
  days: readonly string[],
  simulate: (seed: number) => Promise<ReadonlySet<string>>,
): Promise<readonly string[]> => {
  const missing = new Set(days);
  for (let seed = 1; seed <= seeds; seed++) {
    const seen = await simulate(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    });
    for (const day of seen) missing.delete(day);
  }
  return [...missing];
};
