// The peer: `resumable-stream` with Redis, on the streams of the same upstream. Each delta is passed on as the wire brings
// it; nothing is authenticated, metered or kept. Prints what function.mjs prints.
import { readFileSync } from 'node:fs';
import { request, Agent } from 'node:http';
import { createRequire } from 'node:module';
import { delaysIn, quantile } from './stamps.mjs';

const plan = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(new URL('../peers/', import.meta.url));
const { createClient } = require('redis');
const { createResumableStreamContext } = require('resumable-stream');
const publisher = createClient({ url: plan.redisUrl });
const subscriber = createClient({ url: plan.redisUrl });
await Promise.all([publisher.connect(), subscriber.connect()]);
const context = createResumableStreamContext({ waitUntil: null, publisher, subscriber });
const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });

const asked = async () =>
  await new Promise((resolve, reject) => {
    const call = request(plan.upstream, { method: 'POST', agent }, resolve);
    call.on('error', reject);
    call.end(plan.body);
  });
const source = () => {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  void (async () => {
    for await (const bytes of await asked()) await writer.write(bytes.toString('utf8'));
    await writer.close();
  })();
  return readable;
};

let found = { delays: [], firstDelays: [] };
let rssMaxMb = 0;
const lookAtMemory = setInterval(() => {
  rssMaxMb = Math.max(rssMaxMb, process.memoryUsage.rss() / 1_048_576);
}, 100);
const read = async (id) => {
  let isFirst = true;
  for await (const text of await context.createNewResumableStream(id, source)) {
    const delays = delaysIn(text);
    if (isFirst && delays.length > 0) {
      isFirst = false;
      found.firstDelays.push(delays[0]);
    }
    found.delays.push(...delays);
  }
};
const resumed = async (id) => {
  const startMs = performance.now();
  const stream = await context.resumeExistingStream(id);
  const reader = stream.getReader();
  await reader.read();
  const tookMs = performance.now() - startMs;
  await reader.cancel().catch(() => undefined);
  return tookMs;
};
const all = async (name) =>
  await Promise.all(Array.from({ length: plan.streams }, (_, index) => read(`${name}-${index}`)));

await read('warm-up');
found = { delays: [], firstDelays: [] };
const before = process.cpuUsage();
const running = all('run');
const firstByteMs = [];
if (plan.resumes > 0) {
  await new Promise((resolve) => setTimeout(resolve, plan.resumeAfterMs));
  for (let index = 0; index < plan.resumes; index++)
    firstByteMs.push(await resumed(`run-${index % plan.streams}`));
}
await running;
const used = process.cpuUsage(before);
clearInterval(lookAtMemory);
const of = (samples) => ({
  count: samples.length,
  p50: quantile(samples, 0.5),
  p99: quantile(samples, 0.99),
});
const result = {
  initMs: 0,
  delays: of(found.delays),
  firstDelays: of(found.firstDelays),
  firstByte: of(firstByteMs),
  total: of([]),
  bytes: 0,
  cpuMs: (used.user + used.system) / 1_000,
  rssMaxMb,
};
process.stdout.write(`\n${JSON.stringify(result)}`, () => process.exit(0));
