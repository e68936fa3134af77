/** Share of lines whose found group holds exactly the lines of their true group. */
export const groupingAccuracy = (
  found: readonly (string | number)[],
  truth: readonly string[],
): number => {
  const foundSizes = counted(found);
  const trueSizes = counted(truth);
  const both = counted(found.map((group, index) => `${group}\n${truth[index] ?? ''}`));
  const right = found.filter((group, index) => {
    const own = truth[index] ?? '';
    const shared = both.get(`${group}\n${own}`);
    return shared === foundSizes.get(group) && shared === trueSizes.get(own);
  });
  return right.length / found.length;
};

const counted = <T>(values: readonly T[]): ReadonlyMap<T, number> => {
  const sizes = new Map<T, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return sizes;
};
