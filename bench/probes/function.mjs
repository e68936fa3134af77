// One function in a process of its own, as Lambda runs it: loads the bundle, then calls go to its handler without any
// HTTP server in front. Plain JavaScript, so that neither time nor memory of a compiler is counted.
import { readFileSync } from 'node:fs';
import { delaysIn, quantile } from './stamps.mjs';

const plan = JSON.parse(readFileSync(0, 'utf8'));
globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream) => stream },
};
const beganMs = performance.now();
const { handler } = await import(plan.bundle);
const initMs = performance.now() - beganMs;

const { Writable } = await import('node:stream');
const context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  getRemainingTimeInMillis: () => plan.remainingMs,
};
const nothing = () => ({
  delays: [],
  firstDelays: [],
  firstByteMs: [],
  totalMs: [],
  answers: [],
  bytes: 0,
});
let found = nothing();
let rssMaxMb = 0;
const lookAtMemory = () => {
  rssMaxMb = Math.max(rssMaxMb, process.memoryUsage.rss() / 1_048_576);
};
lookAtMemory();
const looking = setInterval(lookAtMemory, 100);

const streamed = async (event) => {
  const startMs = performance.now();
  let firstMs = 0;
  let isFirst = true;
  const out = new Writable({
    write: (bytes, _encoding, done) => {
      if (firstMs === 0) firstMs = performance.now() - startMs;
      const text = bytes.toString('utf8');
      if (/^(data: )?\{"error"|run\.failed/m.test(text)) throw new Error(text);
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
  if (plan.isAnswerKept) found.answers.push(answer.body);
  found.totalMs.push(performance.now() - startMs);
};
const event = async (given) => {
  const startMs = performance.now();
  await handler(given, context);
  found.totalMs.push(performance.now() - startMs);
};
const call = { streamed, whole, event }[plan.kind];

const nextTurn = async () => await new Promise((resolve) => setImmediate(resolve));
const run = async (events) => {
  let next = 0;
  const lane = async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * plan.apartMs));
    while (next < events.length) {
      await call(events[next++]);
      // What the function prints comes after its answer, so it belongs to no answer's time, this one's or the next.
      await nextTurn();
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: plan.concurrency }, lane));
};

await run(plan.warmUps);
found = nothing();
const before = process.cpuUsage();
await run(plan.events);
const used = process.cpuUsage(before);
clearInterval(looking);
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
  answers: found.answers,
  cpuMs: (used.user + used.system) / 1_000,
  rssMaxMb,
};
// A new line, because the function prints too; and to end before everything is taken would cut the answer.
process.stdout.write(`\n${JSON.stringify(result)}`, () => process.exit(0));
