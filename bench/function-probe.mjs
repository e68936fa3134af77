// One function in a process of its own, as Lambda runs it: loads the bundle, then serves calls without any HTTP server
// in front. Plain JavaScript, so that neither time nor memory of a compiler is counted.
import { readFileSync } from 'node:fs';

const plan = JSON.parse(readFileSync(0, 'utf8'));
const rssMb = () => process.memoryUsage.rss() / 1_048_576;

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream) => stream },
};

const beganMs = performance.now();
const { handler } = await import(plan.bundle);
const result = {
  initMs: performance.now() - beganMs,
  initRssMb: rssMb(),
  firstByteMs: [],
  totalMs: [],
  cpuMs: 0,
};

const { Writable } = await import('node:stream');
const afterAnswer = async () => await new Promise((resolve) => setImmediate(resolve));
const context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  getRemainingTimeInMillis: () => 60_000,
};
const call = async () => {
  const startMs = performance.now();
  let firstMs = 0;
  const out = new Writable({
    write: (bytes, _encoding, done) => {
      if (firstMs === 0) firstMs = performance.now() - startMs;
      if (bytes.includes('"error"')) throw new Error(bytes.toString());
      done();
    },
  });
  const ended = new Promise((resolve) => out.on('finish', resolve));
  await handler(plan.event, out, context);
  await ended;
  return [firstMs, performance.now() - startMs];
};
const run = async (calls, isCounted) => {
  let next = 0;
  const lane = async () => {
    while (next < calls) {
      next += 1;
      const [firstMs, totalMs] = await call();
      // What the function prints comes behind its answer, so it belongs to no answer's time, this one's or the next.
      await afterAnswer();
      await afterAnswer();
      if (!isCounted) continue;
      result.firstByteMs.push(firstMs);
      result.totalMs.push(totalMs);
    }
  };
  await Promise.all(Array.from({ length: plan.concurrency }, lane));
};

if (plan.calls > 0) {
  await run(plan.warmUps, false);
  const before = process.cpuUsage();
  await run(plan.calls, true);
  const used = process.cpuUsage(before);
  result.cpuMs = (used.user + used.system) / 1_000 / plan.calls;
}
// A new line, because the function prints too; and to end before everything is taken would cut the answer.
process.stdout.write(`\n${JSON.stringify(result)}`, () => process.exit(0));
