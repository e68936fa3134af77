// One function in a process of its own, as Lambda runs it: calls go to its handler without any HTTP server in front.
// Tells how long each stamped token took from the model to the function's own output.
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { delaysIn, quantile } from './stamps.mjs';

const plan = JSON.parse(readFileSync(0, 'utf8'));
globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream) => stream },
};
const beganMs = performance.now();
const { handler } = await import(plan.bundle);
const initMs = performance.now() - beganMs;
const context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  getRemainingTimeInMillis: () => plan.remainingMs,
};
let found = { delays: [], firstDelays: [], firstByteMs: [], totalMs: [], bytes: 0 };
let rssMaxMb = 0;
const lookAtMemory = setInterval(() => {
  rssMaxMb = Math.max(rssMaxMb, process.memoryUsage.rss() / 1_048_576);
}, 100);

const streamed = async (event) => {
  const startMs = performance.now();
  let firstMs = 0;
  let isFirst = true;
  const out = new Writable({
    write: (bytes, _encoding, done) => {
      if (firstMs === 0) firstMs = performance.now() - startMs;
      const text = bytes.toString('utf8');
      if (text.includes('run.failed') || text.startsWith('{"error"')) throw new Error(text);
      const delays = delaysIn(text);
      if (isFirst && delays.length > 0) {
        isFirst = false;
        found.firstDelays.push(delays[0]);
      }
      found.delays.push(...delays);
      found.bytes += bytes.length;
      done();
    },
  });
  const ended = new Promise((resolve) => out.on('finish', resolve));
  await handler(event, out, context);
  await ended;
  found.firstByteMs.push(firstMs);
  found.totalMs.push(performance.now() - startMs);
};
const whole = async (event) => {
  const startMs = performance.now();
  const answer = await handler(event, context);
  if (answer.statusCode >= 300) throw new Error(answer.body);
  found.bytes += answer.body.length;
  found.totalMs.push(performance.now() - startMs);
};

const event = async (given) => {
  const startMs = performance.now();
  await handler(given, context);
  found.totalMs.push(performance.now() - startMs);
};
const WAYS = { streamed, whole, event };

const run = async (events) => {
  let next = 0;
  const lane = async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * plan.apartMs));
    while (next < events.length) await WAYS[plan.kind](events[next++]);
  };
  await Promise.all(Array.from({ length: plan.concurrency }, lane));
};

await run(plan.warmUps);
found = { delays: [], firstDelays: [], firstByteMs: [], totalMs: [], bytes: 0 };
const before = process.cpuUsage();
await run(plan.events);
const used = process.cpuUsage(before);
clearInterval(lookAtMemory);
const of = (samples) => ({
  count: samples.length,
  p50: quantile(samples, 0.5),
  p99: quantile(samples, 0.99),
});
const result = {
  initMs,
  delays: of(found.delays),
  firstDelays: of(found.firstDelays),
  firstByte: of(found.firstByteMs),
  total: of(found.totalMs),
  bytes: found.bytes,
  cpuMs: (used.user + used.system) / 1_000,
  rssMaxMb,
};
process.stdout.write(`\n${JSON.stringify(result)}`, () => process.exit(0));
