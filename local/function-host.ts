import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';

/** Lambda's own limit of a buffered event and answer. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const EVENT_BYTES_MAX = 6_291_456;
const DRAIN_MS = 5_000;

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('result'), id: z.string(), result: z.unknown() }),
  z.object({ type: z.literal('error'), id: z.string(), error: z.string() }),
  z.object({
    type: z.literal('head'),
    id: z.string(),
    status: z.number(),
    headers: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('chunk'), id: z.string(), bytes: z.instanceof(Uint8Array) }),
  z.object({ type: z.literal('end'), id: z.string() }),
]);

export interface FunctionConfig {
  readonly id: string;
  readonly bundle: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logDir: string;
}

export interface StreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: PassThrough;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onHead: ((head: StreamHead) => void) | null;
  body: PassThrough | null;
  readonly timer: NodeJS.Timeout;
}

/** One function in one worker thread that serves concurrent invocations; it is replaced when it dies or times out. */
export class FunctionHost {
  readonly config: FunctionConfig;
  private worker: Worker | null = null;
  private readonly pending = new Map<string, Pending>();
  private isStopped = false;

  constructor(config: FunctionConfig) {
    this.config = config;
  }

  /** A buffered invocation. */
  async invoke(event: unknown): Promise<unknown> {
    return await this.start(event, null);
  }

  /** A streamed invocation: `onHead` comes first, the promise when the function has ended. */
  async invokeStreamed(event: unknown, onHead: (head: StreamHead) => void): Promise<void> {
    await this.start(event, onHead);
  }

  /** Takes a new bundle: running invocations end on the old one. */
  replace(): void {
    const old = this.worker;
    this.worker = null;
    if (old !== null) setTimeout(() => void old.terminate(), DRAIN_MS).unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.worker?.terminate();
  }

  private async start(event: unknown, onHead: Pending['onHead']): Promise<unknown> {
    if (Buffer.byteLength(JSON.stringify(event)) > EVENT_BYTES_MAX)
      throw new Error('the event passes 6 MB');
    const id = randomUUID();
    const worker = (this.worker ??= this.spawn());
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(id, new Error(`${this.config.id} timed out`));
        this.replace();
      }, this.config.timeoutMs);
      this.pending.set(id, { resolve, reject, onHead, body: null, timer });
      worker.postMessage({ id, event, deadlineMs: Date.now() + this.config.timeoutMs });
    });
  }

  private spawn(): Worker {
    const { id, bundle, environment, logDir, memoryMb } = this.config;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { bundle },
      env: {
        ...environment,
        AWS_LAMBDA_FUNCTION_NAME: id,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${id}`,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        NODE_OPTIONS: '',
      },
      stdout: true,
      stderr: true,
    });
    mkdirSync(logDir, { recursive: true });
    const log = createWriteStream(join(logDir, `${id}.log`), { flags: 'a' });
    worker.stdout.pipe(log);
    worker.stderr.pipe(log);
    worker.on('message', (raw: unknown) => this.receive(message.parse(raw)));
    worker.on('error', (error) =>
      this.died(worker, error instanceof Error ? error : new Error(String(error))),
    );
    worker.on('exit', (code) => this.died(worker, new Error(`${id} exited with ${code}`)));
    return worker;
  }

  /** What runs on a dead worker fails; the next invocation starts a new one. */
  private died(worker: Worker, error: Error): void {
    if (this.worker !== worker || this.isStopped) return;
    this.worker = null;
    for (const id of this.pending.keys()) this.fail(id, error);
  }

  private fail(id: string, error: Error): void {
    const pending = this.take(id);
    pending?.body?.destroy(error);
    pending?.reject(error);
  }

  private take(id: string): Pending | undefined {
    const pending = this.pending.get(id);
    if (pending !== undefined) clearTimeout(pending.timer);
    this.pending.delete(id);
    return pending;
  }

  private receive(told: z.infer<typeof message>): void {
    if (told.type === 'ready') return;
    const pending = this.pending.get(told.id);
    if (pending === undefined) return;
    switch (told.type) {
      case 'head':
        pending.body = new PassThrough();
        pending.onHead?.({ status: told.status, headers: told.headers, body: pending.body });
        return;
      case 'chunk':
        if (pending.body?.destroyed === false) pending.body.write(told.bytes);
        return;
      case 'end':
        pending.body?.end();
        return;
      case 'result':
        this.take(told.id)?.resolve(told.result);
        return;
      case 'error':
        this.fail(told.id, new Error(told.error));
    }
  }
}
