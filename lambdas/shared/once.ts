/** The first call's answer for every later one; a call that failed is made again. */
export const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return async () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return await made;
  };
};
