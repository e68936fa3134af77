const NONE = -1;

/** Records by the trace that they name, in their order: chains of places, in place of an array for each trace. */
export class TraceIndex<Value> {
  private readonly values: readonly Value[];
  private readonly chains = new Map<string, number>();
  /** By chain. */
  private readonly firsts: number[] = [];
  /** By place. */
  private readonly nexts: Int32Array;

  /** What names no trace is in none. */
  constructor(values: readonly Value[], traceOf: (value: Value) => string | null) {
    this.values = values;
    this.nexts = new Int32Array(values.length).fill(NONE);
    const lasts: number[] = [];
    for (let place = 0; place < values.length; place += 1) {
      const value = values[place];
      const traceId = value === undefined ? null : traceOf(value);
      if (traceId === null) continue;
      const chain = this.chains.get(traceId);
      if (chain === undefined) {
        this.chains.set(traceId, this.firsts.length);
        this.firsts.push(place);
        lasts.push(place);
      } else {
        this.nexts[lasts[chain] ?? place] = place;
        lasts[chain] = place;
      }
    }
  }

  has(traceId: string): boolean {
    return this.chains.has(traceId);
  }

  /** In the order of their first records. */
  traceIds(): Iterable<string> {
    return this.chains.keys();
  }

  each(traceId: string, visit: (value: Value) => void): void {
    const chain = this.chains.get(traceId);
    let place = chain === undefined ? NONE : (this.firsts[chain] ?? NONE);
    for (; place !== NONE; place = this.nexts[place] ?? NONE) {
      const value = this.values[place];
      if (value !== undefined) visit(value);
    }
  }
}
