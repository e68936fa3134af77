// @ts-check
// Runs inside a function's thread: loads the bundle, as Lambda's runtime does, and answers invocations. Plain JavaScript
// and without packages, because each thread would load them again: the TypeScript loader takes 10 MB and 30 ms of each.
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('./messages.ts').Said} Said */
/** @typedef {(event: unknown, ...rest: readonly unknown[]) => Promise<unknown>} Handler */

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');

/** @type {Said[]} */
let said = [];
/** A burst of lines is one message; a line after a pause goes at once, for its thread may freeze after it. */
const BURST_MS = 5;
let flushedAt = -Infinity;
/** Nobody waits for a metric: it goes with what comes within so long. */
const LATE_MS = 10;
let isSoon = false;
/** @type {ReturnType<typeof setTimeout> | null} */
let late = null;
/** @param {Said} message */
const say = (message, isAwaited = true) => {
  said.push(message);
  if (!isAwaited) late ??= setTimeout(flush, LATE_MS);
  else if (message.type === 'line' && performance.now() - flushedAt > BURST_MS) flush();
  else if (!isSoon) {
    isSoon = true;
    setImmediate(flush);
  }
};
const flush = () => {
  isSoon = false;
  if (late !== null) clearTimeout(late);
  late = null;
  if (said.length === 0) return;
  flushedAt = performance.now();
  const batch = said;
  said = [];
  const bytes = batch.flatMap((message) => (message.type === 'chunk' ? message.parts : []));
  port.postMessage(
    batch,
    bytes.map(({ buffer }) => buffer),
  );
};
/** What is printed goes by the line, in the batch of what is said around it: Node's own pipe is a message each way. */
for (const stream of [process.stdout, process.stderr]) {
  let rest = '';
  Object.assign(stream, {
    write: (/** @type {string | Uint8Array} */ printed, /** @type {unknown[]} */ ...more) => {
      const text = typeof printed === 'string' ? printed : Buffer.from(printed).toString();
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) say({ type: 'line', line }, !line.startsWith('{"_aws":'));
      const done = more.at(-1);
      if (typeof done === 'function') setImmediate(() => done(null));
      return true;
    },
  });
  process.on('exit', () => {
    if (rest !== '') say({ type: 'line', line: rest });
  });
}
process.on('exit', flush);

/** @type {WeakMap<object, string>} */
const invocationOf = new WeakMap();
/** @type {WeakSet<Handler>} */
const streaming = new WeakSet();

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (/** @type {Handler} */ handler) => {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: {
      from: (
        /** @type {Writable} */ stream,
        /** @type {{ statusCode?: number, headers?: Record<string, string> }} */ metadata,
      ) => {
        say({
          type: 'head',
          id: invocationOf.get(stream) ?? '',
          status: metadata.statusCode ?? 200,
          headers: metadata.headers ?? {},
        });
        return stream;
      },
    },
  },
});

/** @param {string} id */
const responseStream = (id) => {
  const stream = new Writable({
    write: (/** @type {Uint8Array} */ bytes, _encoding, done) => {
      // A copy of its own, because Node's buffers share one: it moves to the other thread instead of being copied again.
      const copy = new Uint8Array(bytes);
      const last = said.at(-1);
      if (last?.type === 'chunk' && last.id === id) last.parts.push(copy);
      else say({ type: 'chunk', id, parts: [copy] });
      done();
    },
    final: (done) => {
      say({ type: 'end', id });
      done();
    },
  });
  invocationOf.set(stream, id);
  return stream;
};

/** @returns {Promise<Handler>} */
const load = async () => {
  const { handler } = await import(pathToFileURL(workerData.bundle).href);
  if (typeof handler !== 'function') throw new Error('the bundle exports no handler');
  return handler;
};
const loaded = load();
loaded.catch((error) => console.error(error));

let running = 0;
/** @param {import('./messages.ts').Invocation} invocation */
const run = async ({ id, event, deadlineMs }) => {
  running += 1;
  const context = {
    awsRequestId: id,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  try {
    const handler = await loaded;
    const parsed = JSON.parse(event);
    const result = streaming.has(handler)
      ? await handler(parsed, responseStream(id), context)
      : await handler(parsed, context);
    say({ type: 'result', id, result: JSON.stringify(result) });
  } catch (error) {
    console.error(error);
    say({ type: 'error', id, error: error instanceof Error ? error.message : String(error) });
  }
  running -= 1;
  // What runs beside it may end at once and share its message; one that is alone waits for no other.
  if (running === 0) flush();
};
port.on('message', (/** @type {import('./messages.ts').Invocation[]} */ invocations) => {
  for (const invocation of invocations) void run(invocation);
});
