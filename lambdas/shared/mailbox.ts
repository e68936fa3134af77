/** A queue between a producer that never waits and one reader. */
export class Mailbox<T> implements AsyncIterable<T> {
  private readonly waiting: T[] = [];
  private wake: PromiseWithResolvers<void> = Promise.withResolvers();
  private isClosed = false;

  put(value: T): void {
    this.waiting.push(value);
    this.wake.resolve();
  }

  /** What was put is still read; then the reader ends. */
  close(): void {
    this.isClosed = true;
    this.wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.waiting.shift();
      if (next !== undefined) yield next;
      else if (this.isClosed) return;
      else {
        await this.wake.promise;
        this.wake = Promise.withResolvers();
        if (this.isClosed) this.wake.resolve();
      }
    }
  }
}
