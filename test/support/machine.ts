/** Reading and writing a text of JSON so often took the machine that sizes and paces were chosen on 25 ms. */
const REFERENCE_MS = 25;
const ROUNDS = 200;
const MEASUREMENTS = 3;
const TEXT = JSON.stringify(
  Array.from({ length: 200 }, (_, index) => ({ id: `item_${index}`, text: 'word '.repeat(20) })),
);

/** How many times slower this machine is at this moment, 1 or more: it may be an older one, or a busy one. */
export const slowness = (): number => {
  const startedAtMs = performance.now();
  for (let round = 0; round < MEASUREMENTS * ROUNDS; round++) JSON.stringify(JSON.parse(TEXT));
  const tookMs = (performance.now() - startedAtMs) / MEASUREMENTS;
  return Math.max(1, tookMs / REFERENCE_MS);
};

export interface Sizes {
  /** What `npm run test:full` runs. */
  readonly full: number;
  readonly usual: number;
  /** What still shows the guarantee. */
  readonly least: number;
}

/** A size that takes a slower machine about as long as the usual one takes the reference. */
export const sizeOf = ({ full, usual, least }: Sizes): number =>
  process.env['SLUICE_FULL_SIZES'] === undefined
    ? Math.max(least, Math.round(usual / slowness()))
    : full;
