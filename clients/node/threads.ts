import { sluiceClient, type ClientOptions, type StreamOptions } from '../browser/sluice.ts';
import type { SeenEvent } from '../browser/types.ts';
import type { Told } from '../browser/watch.ts';
import { sluiceErrorOf } from './errors.ts';
import type { PostMessageData } from './generated/types.generated.ts';

/** What is said, and by which model it is answered. */
export type Turn = Omit<Extract<PostMessageData['body'], { readonly model: string }>, 'stream'>;

/** Streams of threads. One whose connection breaks continues after the last event that was seen, and none comes twice. */
export interface ThreadStreams {
  /** Posts a message and yields the answer. It is never posted twice. */
  readonly send: (
    threadId: string,
    turn: Turn,
    options?: StreamOptions,
  ) => AsyncGenerator<SeenEvent>;
  /** The answer at work, after a cursor or from its start; ends at once when nothing runs. */
  readonly resume: (threadId: string, options?: StreamOptions) => AsyncGenerator<SeenEvent>;
  /** One run, at work or ended. */
  readonly read: (runId: string, options?: StreamOptions) => AsyncGenerator<SeenEvent>;
  /** Everything after a seq, whoever asks for it, until the signal aborts or the thread is deleted. */
  readonly subscribe: (
    threadId: string,
    afterSeq: number,
    options?: Pick<StreamOptions, 'signal'>,
  ) => AsyncGenerator<Told>;
}

/** By the protocol of threads, as the browser's client knows it. */
export const threadStreams = (options: ClientOptions): ThreadStreams => {
  const client = sluiceClient(options);
  return {
    send: (threadId, turn, wish) => byOurErrors(client.send(threadId, turn, wish), wish?.signal),
    resume: (threadId, wish) => byOurErrors(client.resume(threadId, wish), wish?.signal),
    read: (runId, wish) => byOurErrors(client.read(runId, wish), wish?.signal),
    subscribe: (threadId, afterSeq, wish) =>
      byOurErrors(client.subscribe(threadId, afterSeq, wish), wish?.signal),
  };
};

async function* byOurErrors<T>(
  events: AsyncGenerator<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (error) {
    throw sluiceErrorOf(error, signal);
  }
}
