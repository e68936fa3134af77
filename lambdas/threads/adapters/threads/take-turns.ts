export type TakeTurns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/**
 * One piece of work at a time for each key, in the order they came. It spares the writers of one process the races among
 * themselves; between processes only conditional writes decide, so nothing may depend on it.
 */
export const takeTurns = (): TakeTurns => {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const turn = (tails.get(key) ?? Promise.resolve()).then(work);
    const tail = turn.catch(() => undefined);
    tails.set(key, tail);
    try {
      return await turn;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
};
