interface Event {
  readonly ms: number;
  readonly act: () => void;
}

/** What happens, in the order of its time: a heap whose root is the earliest. */
export class Timeline {
  private readonly events: Event[] = [];

  add(ms: number, act: () => void): void {
    this.events.push({ ms, act });
    for (let at = this.events.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (this.msAt(above) <= this.msAt(at)) return;
      this.swap(at, above);
      at = above;
    }
  }

  /** The earliest, taken out; undefined: nothing is left. */
  next(): Event | undefined {
    this.swap(0, this.events.length - 1);
    const first = this.events.pop();
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = this.msAt(right) < this.msAt(left) ? right : left;
      if (this.msAt(least) >= this.msAt(at)) return first;
      this.swap(at, least);
      at = least;
    }
  }

  private msAt(at: number): number {
    return this.events[at]?.ms ?? Infinity;
  }

  private swap(left: number, right: number): void {
    const [one, other] = [this.events[left], this.events[right]];
    if (one === undefined || other === undefined) return;
    this.events[left] = other;
    this.events[right] = one;
  }
}
