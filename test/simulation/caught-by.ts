/** Looks for a seed whose run shows the fault, and says which one it is. Throws when none does. */
export const caughtBy = async <M extends string>(
  seedsMax: number,
  mutation: M,
  simulate: (seed: number, mutation: M) => Promise<unknown>,
): Promise<void> => {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const fault = await simulate(seed, mutation).then(
      () => null,
      (error: unknown) => String(error),
    );
    if (fault === null) continue;
    console.log(`"${mutation}" is caught by seed ${seed}: ${fault}`);
    return;
  }
  throw new Error(`"${mutation}" is not caught in ${seedsMax} runs`);
};
