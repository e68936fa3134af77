/** The machine's clock. */
export const systemClock = { nowMs: (): number => Date.now() };
