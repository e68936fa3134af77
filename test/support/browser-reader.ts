import { expect } from 'vitest';
import { fold, isEnd, NOTHING } from '../../clients/browser/fold.ts';
import type { SluiceClient } from '../../clients/browser/sluice.ts';
import type { Block, SeenEvent } from '../../clients/browser/types.ts';
import { eventually } from './stack.ts';

type Told = ReturnType<SluiceClient['subscribe']> extends AsyncGenerator<infer T> ? T : never;

/** Sockets of the runtime, on a wire that breaks; told when one of them heard something, or ended. */
export const socketsThrough = (wireUrl: string, heard: () => void = () => undefined) =>
  class extends WebSocket {
    constructor(url: string) {
      const through = new URL(url);
      through.host = new URL(wireUrl).host;
      super(through);
      this.addEventListener('message', heard);
      this.addEventListener('close', heard);
    }
  };

/** A tab: shows what its subscription tells, as the client's README says. */
export class BrowserReader {
  readonly told: Told[] = [];
  readonly seen: SeenEvent[] = [];
  /** What it shows, by seq. */
  readonly shown = new Map<number, readonly Block[]>();
  readonly reading: Promise<void>;
  /** The first answer is over, told as events or as a row. */
  readonly over: Promise<void>;
  private readonly leaving = new AbortController();
  private readonly answers = new Map<string, typeof NOTHING>();
  /** What it had before: news of it may come late, and change nothing. */
  private readonly afterSeq: number;

  constructor(client: SluiceClient, threadId: string, afterSeq = 0) {
    this.afterSeq = afterSeq;
    const { signal } = this.leaving;
    const over = Promise.withResolvers<undefined>();
    this.over = over.promise;
    this.reading = this.read(client.subscribe(threadId, afterSeq, { signal }), () =>
      over.resolve(undefined),
    );
    this.reading.catch(over.reject);
    over.promise.catch(() => undefined);
  }

  private async read(subscription: AsyncIterable<Told>, over: () => void): Promise<void> {
    for await (const one of subscription) {
      if ('content' in one && one.seq <= this.afterSeq) continue;
      this.told.push(one);
      if ('content' in one) {
        this.shown.set(one.seq, one.content);
        if (one.role === 'assistant') over();
      }
      if (!('event' in one)) continue;
      const answer = fold(this.answers.get(one.runId) ?? NOTHING, one.event);
      this.answers.set(one.runId, answer);
      this.shown.set(Number(one.cursor.split('.')[0]), answer.content);
      this.seen.push(one);
      if (isEnd(one.event)) over();
    }
  }

  /** Messages and ends of runs, in the order in which they were told. */
  get outline(): readonly string[] {
    return this.told.flatMap((one) => {
      if ('event' in one) return isEnd(one.event) ? [one.event.type] : [];
      return 'content' in one ? [`${one.role} ${one.seq} ${one.status}`] : [];
    });
  }

  async has(isWanted: (reader: this) => boolean): Promise<void> {
    const failed = this.reading.then(() => false);
    await eventually(async () => {
      await Promise.race([failed, Promise.resolve()]);
      expect(isWanted(this), JSON.stringify(this.outline)).toBe(true);
    });
  }

  async leave(): Promise<void> {
    this.leaving.abort(new Error('left'));
    await expect(this.reading).rejects.toThrow('left');
  }
}
