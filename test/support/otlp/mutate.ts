export interface Random {
  /** A whole number from 0 to before `limit`. */
  readonly below: (limit: number) => number;
}

/** mulberry32: the same numbers for the same seed. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  return {
    below: (limit) => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
    },
  };
};

const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x22, 0x5c];

/** Some bytes changed, cut, doubled, or moved. */
export const mutated = (bytes: Uint8Array, random: Random): Buffer => {
  let result = Buffer.from(bytes);
  for (let change = random.below(4); change >= 0; change -= 1) {
    const at = random.below(result.length + 1);
    const end = Math.min(result.length, at + random.below(16));
    switch (random.below(5)) {
      case 0:
        if (at < result.length) result[at] = random.below(256);
        break;
      case 1:
        if (at < result.length) result[at] = EDGES[random.below(EDGES.length)] ?? 0;
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(end)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, end), result.subarray(at)]);
        break;
      default:
        result = result.subarray(0, at === 0 ? result.length : at);
    }
  }
  return result;
};
