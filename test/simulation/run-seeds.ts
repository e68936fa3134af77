import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What a worker tells. */
export type Ran =
  | { readonly kind: 'ran'; readonly count: number }
  | { readonly kind: 'failed'; readonly seed: number; readonly error: unknown };

export interface Seeds {
  readonly simulation: 'ledger' | 'caps' | 'threads' | 'windows' | 'incidents' | 'tickets';
  readonly from: number;
  readonly count: number;
  readonly onRan?: (count: number) => void;
}

/** Runs each seed once, on as many threads as there are cores. Rejects with the first seed that fails. */
export const runSeeds = async ({ simulation, from, count, onRan }: Seeds): Promise<void> => {
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  next[0] = from;
  const workerData = { simulation, until: from + count, next };
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData }),
  );
  const finished = async (worker: Worker): Promise<void> =>
    await new Promise((resolve, reject) => {
      worker.on('message', (ran: Ran) => {
        if (ran.kind === 'ran') onRan?.(ran.count);
        else reject(failureOf(simulation, ran.seed, ran.error));
      });
      worker.on('error', reject);
      worker.on('exit', resolve);
    });
  try {
    await Promise.all(workers.map(finished));
  } finally {
    await Promise.all(workers.map(async (worker) => await worker.terminate()));
  }
};

const failureOf = (simulation: Seeds['simulation'], seed: number, cause: unknown): Error => {
  const message = cause instanceof Error ? cause.message : 'failed';
  const option = simulation === 'ledger' ? '' : `--${simulation} `;
  return new Error(
    `seed ${seed}: ${message}; again: npm run simulate -- ${option}--from ${seed} --seeds 1`,
    { cause },
  );
};
