/** A closed loop of calls in a process of its own: so many at once, each timed to its first byte and to its end. */
import { Agent, request } from 'undici';
import { readFileSync } from 'node:fs';
import { loadPlan, type LoadResult } from './load-plan.ts';

const plan = loadPlan.parse(JSON.parse(readFileSync(0, 'utf8')));
const dispatcher = new Agent({ connections: plan.concurrency, keepAliveTimeout: 60_000 });
const result: LoadResult = { firstByteMs: [], totalMs: [], seconds: 0 };

const call = async (index: number): Promise<readonly [number, number]> => {
  const beganMs = performance.now();
  const answer = await request(plan.url, {
    method: 'POST',
    dispatcher,
    headers: { ...plan.headers, authorization: plan.keys[index % plan.keys.length] ?? '' },
    body: plan.body,
  });
  let firstMs = 0;
  let bytes = 0;
  for await (const part of answer.body) {
    if (bytes === 0) firstMs = performance.now() - beganMs;
    bytes += Buffer.byteLength(part);
  }
  if (answer.statusCode !== 200 || bytes === 0) throw new Error(`answered ${answer.statusCode}`);
  return [firstMs, performance.now() - beganMs];
};

const run = async (calls: number, isCounted: boolean): Promise<void> => {
  let next = 0;
  await Promise.all(
    Array.from({ length: plan.concurrency }, async () => {
      while (next < calls) {
        const [firstMs, totalMs] = await call(next++);
        if (!isCounted) continue;
        result.firstByteMs.push(firstMs);
        result.totalMs.push(totalMs);
      }
    }),
  );
};

await run(plan.warmUps, false);
const beganMs = performance.now();
await run(plan.calls, true);
result.seconds = (performance.now() - beganMs) / 1_000;
console.log(JSON.stringify(result));
await dispatcher.close();
