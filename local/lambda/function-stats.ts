import { messageOf } from '../message-of.ts';

const DURATIONS_KEPT = 1_000;

export interface SeenError {
  readonly atMs: number;
  readonly message: string;
}

/** What one function did since the start. Durations are of the latest 1,000 invocations. */
export class FunctionStats {
  invocations = 0;
  errors = 0;
  inFlight = 0;
  coldStarts = 0;
  lastError: SeenError | null = null;
  private readonly durationsMs: number[] = [];

  /** Counts an invocation; the returned function ends it, with its error or null. */
  started(): (error: unknown) => void {
    const startedAtMs = performance.now();
    this.invocations += 1;
    this.inFlight += 1;
    return (error) => {
      this.inFlight -= 1;
      this.durationsMs.push(performance.now() - startedAtMs);
      if (this.durationsMs.length > DURATIONS_KEPT) this.durationsMs.shift();
      if (error === null) return;
      this.errors += 1;
      this.lastError = {
        atMs: Date.now(),
        message: messageOf(error),
      };
    };
  }

  /** null before the first invocation has ended. */
  quantileMs(share: number): number | null {
    const sorted = this.durationsMs.toSorted((left, right) => left - right);
    const found = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return found === undefined ? null : Math.round(found * 10) / 10;
  }
}
