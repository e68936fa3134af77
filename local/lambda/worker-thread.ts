import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';

export interface ThreadConfig {
  readonly id: string;
  readonly bundle: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface StreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: PassThrough;
}

export class InvocationTimeout extends Error {
  override readonly name = 'InvocationTimeout';
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onHead: ((head: StreamHead) => void) | null;
  body: PassThrough | null;
  readonly timer: NodeJS.Timeout;
}

/** One thread that has loaded a function, and the invocations that run on it: when it dies, they fail, and no others. */
export class WorkerThread {
  private readonly config: ThreadConfig;
  private readonly worker: Worker;
  private readonly pending = new Map<string, Pending>();
  private isDraining = false;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;

  constructor(config: ThreadConfig, onLine: (line: string) => void) {
    this.config = config;
    this.worker = spawn(config);
    for (const pipe of [this.worker.stdout, this.worker.stderr])
      createInterface({ input: pipe }).on('line', onLine);
    this.worker.on('message', (raw: unknown) => this.receive(message.parse(raw)));
    this.ended = new Promise((resolve) => {
      const died = (error: Error): void => {
        this.failAll(error);
        resolve();
      };
      this.worker.once('error', (error) =>
        died(error instanceof Error ? error : new Error(String(error))),
      );
      this.worker.once('exit', (code) => died(new Error(`${config.id} exited with ${code}`)));
    });
  }

  /** One invocation; rejects with InvocationTimeout when the function's timeout passes. */
  async run(event: unknown, onHead: Pending['onHead']): Promise<unknown> {
    const id = randomUUID();
    const { timeoutMs } = this.config;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.fail(id, new InvocationTimeout(`${this.config.id} timed out`)),
        timeoutMs,
      );
      this.pending.set(id, { resolve, reject, onHead, body: null, timer });
      this.worker.postMessage({ id, event, deadlineMs: Date.now() + timeoutMs });
    });
  }

  /** Ends the thread when nothing runs on it any more; each invocation has its own timeout. */
  drain(): void {
    this.isDraining = true;
    this.endIfDrained();
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private endIfDrained(): void {
    if (this.isDraining && this.pending.size === 0) void this.worker.terminate();
  }

  private failAll(error: Error): void {
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
    this.endIfDrained();
    return pending;
  }

  private receive(told: z.infer<typeof message>): void {
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

const message = z.discriminatedUnion('type', [
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

const spawn = ({ id, bundle, memoryMb, environment }: ThreadConfig): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), {
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
