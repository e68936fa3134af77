/**
 * Does the same with each, so many at once and in their order. All are tried, whatever becomes of the others; then the
 * first failure is thrown.
 */
export const eachAtOnce = async <T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> => {
  const waiting = all.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const one of waiting)
      try {
        await work(one);
      } catch (error) {
        failures.push(error);
      }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  if (failures.length > 0) throw failures[0];
};
