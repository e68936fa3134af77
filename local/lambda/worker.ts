/** Runs inside a function's thread: loads the bundle, as Lambda's runtime does, and answers invocations. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');
const { bundle } = z.object({ bundle: z.string() }).parse(workerData);

type Handler = (event: unknown, ...rest: readonly unknown[]) => Promise<unknown>;
const streaming = new WeakSet<object>();
const invocation = new AsyncLocalStorage<string>();

const streamFrom = (
  stream: Writable,
  metadata: { statusCode?: number; headers?: Record<string, string> },
) => {
  port.postMessage({
    type: 'head',
    id: invocation.getStore() ?? '',
    status: metadata.statusCode ?? 200,
    headers: metadata.headers ?? {},
  });
  return stream;
};
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: Handler) => {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: { from: streamFrom },
  },
});

const responseStream = (id: string): Writable =>
  new Writable({
    write: (bytes: Uint8Array, _encoding, done) => {
      // A copy of its own, because Node's buffers share one: it moves to the other thread instead of being copied again.
      const copy = new Uint8Array(bytes);
      port.postMessage({ type: 'chunk', id, bytes: copy }, [copy.buffer]);
      done();
    },
    final: (done) => {
      port.postMessage({ type: 'end', id });
      done();
    },
  });

const loaded = (async (): Promise<Handler> => {
  const exported: unknown = await import(pathToFileURL(bundle).href);
  const { handler } = z
    .object({ handler: z.custom<Handler>((value) => typeof value === 'function') })
    .parse(exported);
  return handler;
})();
loaded.catch((error: unknown) => console.error(error));

const run = async (id: string, event: unknown, deadlineMs: number): Promise<void> => {
  const context = {
    awsRequestId: id,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  try {
    const handler = await loaded;
    const result = streaming.has(handler)
      ? await handler(event, responseStream(id), context)
      : await handler(event, context);
    port.postMessage({ type: 'result', id, result });
  } catch (error) {
    console.error(error);
    port.postMessage({
      type: 'error',
      id,
      error: error instanceof Error ? error.message : String(error),
    });
  }
};

const invocationMessage = z.object({ id: z.string(), event: z.unknown(), deadlineMs: z.number() });
port.on('message', (raw: unknown) => {
  const { id, event, deadlineMs } = invocationMessage.parse(raw);
  invocation.run(id, () => void run(id, event, deadlineMs));
});
