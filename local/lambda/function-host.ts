import { join } from 'node:path';
import { BoundedLog } from '../bounded-log.ts';
import { FunctionStats } from './function-stats.ts';
import {
  InvocationTimeout,
  WorkerThread,
  type StreamHead,
  type ThreadConfig,
} from './worker-thread.ts';

/** Lambda's own limit of a buffered event and answer. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const EVENT_BYTES_MAX = 6_291_456;

export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
}

export interface FunctionConfig extends ThreadConfig {
  /** Source file of the bundle, from the root; null: the template does not say. */
  readonly entry: string | null;
  readonly logDir: string;
  /** Each line that the function prints. */
  readonly onLine?: (functionId: string, line: string) => void;
  /** Its lines are not kept for a while. */
  readonly onLogLost?: (functionId: string, error: Error) => void;
  /** Each invocation that ended. */
  readonly onInvoked?: (functionId: string, isFine: boolean) => void;
}

/**
 * One function in one worker thread that serves concurrent invocations. A thread that dies is replaced; after a
 * timeout or a new bundle the old thread ends what runs on it, and new invocations start on a new one.
 */
export class FunctionHost {
  readonly config: FunctionConfig;
  readonly stats = new FunctionStats();
  private bundle: string;
  private current: WorkerThread | null = null;
  private readonly threads = new Set<WorkerThread>();
  private readonly log: BoundedLog;

  constructor(config: FunctionConfig) {
    this.config = config;
    this.bundle = config.bundle;
    const { id, logDir, onLogLost } = config;
    this.log = new BoundedLog(join(logDir, `${id}.log`), (error) => onLogLost?.(id, error));
  }

  /** More than one while an old thread still drains. */
  get threadCount(): number {
    return this.threads.size;
  }

  /** A buffered invocation. Rejects with EventTooLarge before anything runs. */
  async invoke(event: unknown): Promise<unknown> {
    return await this.run(textOf(event), null);
  }

  /** The same by the event's JSON. */
  async invokeText(event: string): Promise<unknown> {
    return await this.run(event, null);
  }

  /** A streamed invocation: `onHead` comes first, the promise when the function has ended. */
  async invokeStreamed(event: unknown, onHead: (head: StreamHead) => void): Promise<void> {
    await this.run(textOf(event), onHead);
  }

  /** Accepts a new bundle: running invocations end on the old one. */
  replace(bundle = this.bundle): void {
    this.bundle = bundle;
    this.retire(this.current);
  }

  async stop(): Promise<void> {
    this.current = null;
    await Promise.all([...this.threads].map(async (thread) => await thread.terminate()));
    this.log.end();
  }

  private async run(text: string, onHead: ((head: StreamHead) => void) | null): Promise<unknown> {
    if (Buffer.byteLength(text) > EVENT_BYTES_MAX) throw new EventTooLarge('the event passes 6 MB');
    const thread = (this.current ??= this.start());
    const counted = this.stats.started();
    const finished = (error: unknown): void => {
      counted(error);
      this.config.onInvoked?.(this.config.id, error === null);
    };
    try {
      const result = await thread.run(text, onHead);
      if (onHead === null && Buffer.byteLength(result ?? '') > EVENT_BYTES_MAX)
        throw new Error('the answer passes 6 MB');
      finished(null);
      return result === undefined ? undefined : JSON.parse(result);
    } catch (error) {
      finished(error);
      if (error instanceof InvocationTimeout) this.retire(thread);
      throw error;
    }
  }

  private retire(thread: WorkerThread | null): void {
    if (this.current === thread) this.current = null;
    thread?.drain();
  }

  private start(): WorkerThread {
    this.stats.coldStarts += 1;
    const thread = new WorkerThread({ ...this.config, bundle: this.bundle }, (lines) =>
      this.print(lines),
    );
    this.threads.add(thread);
    void this.forget(thread);
    return thread;
  }

  private async forget(thread: WorkerThread): Promise<void> {
    await thread.ended;
    this.threads.delete(thread);
    if (this.current === thread) this.current = null;
  }

  private print(lines: readonly string[]): void {
    const { id, onLine } = this.config;
    this.log.write(`${lines.join('\n')}\n`);
    for (const line of lines) onLine?.(id, line);
  }
}

const textOf = (event: unknown): string => JSON.stringify(event) ?? 'null';
