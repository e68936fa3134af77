const FIRST_ROOM = 64;

/** Spans of time. It is filled again and again, and keeps its room. */
export class Intervals {
  private starts = new Float64Array(FIRST_ROOM);
  private ends = new Float64Array(FIRST_ROOM);
  private count = 0;
  private areInOrder = true;

  clear(): void {
    this.count = 0;
    this.areInOrder = true;
  }

  add(startMs: number, endMs: number): void {
    if (this.count === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    if (this.count > 0 && startMs < this.startOf(this.count - 1)) this.areInOrder = false;
    this.starts[this.count] = startMs;
    this.ends[this.count] = endMs;
    this.count += 1;
  }

  /** How much of a time they cover, each moment once. */
  coveredMs(fromMs: number, toMs: number): number {
    if (!this.areInOrder) this.sort();
    let coveredMs = 0;
    let atMs = fromMs;
    for (let index = 0; index < this.count; index += 1) {
      const firstMs = Math.max(atMs, this.startOf(index));
      const lastMs = Math.min(toMs, this.ends[index] ?? 0);
      if (lastMs <= firstMs) continue;
      coveredMs += lastMs - firstMs;
      atMs = lastMs;
    }
    return coveredMs;
  }

  private startOf(index: number): number {
    return this.starts[index] ?? 0;
  }

  private sort(): void {
    const [starts, ends] = [this.starts.slice(0, this.count), this.ends.slice(0, this.count)];
    const order = Uint32Array.from(starts, (_, index) => index).toSorted(
      (left, right) => (starts[left] ?? 0) - (starts[right] ?? 0),
    );
    for (const [place, index] of order.entries()) {
      this.starts[place] = starts[index] ?? 0;
      this.ends[place] = ends[index] ?? 0;
    }
    this.areInOrder = true;
  }
}

const doubled = (values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
};
