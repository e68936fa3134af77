/** Mines the lines of a JSON file and reads their signals, in a process of its own; prints lines a second of its thread. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { signalsOf } from '../../lambdas/sre/score/signals/signals-of.ts';
import { createMiner, type Miner } from '../../lambdas/sre/score/templates/miner.ts';

const WARM_PASSES = 10;

const [, , file = ''] = process.argv;
const lines = z.array(z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

const linesASecond = (miner: Miner, passes: number): number => {
  const startedMs = threadMs();
  for (let pass = 0; pass < passes; pass += 1)
    for (const text of lines) {
      miner.mine(text);
      signalsOf({ text, stack: null, severity: 0, exceptionType: null });
    }
  return (1_000 * passes * lines.length) / (threadMs() - startedMs);
};

const miner = createMiner();
const first = linesASecond(miner, 1);
linesASecond(miner, WARM_PASSES);
const warm = linesASecond(miner, WARM_PASSES);
const cold = linesASecond(createMiner(), 1);
console.log(JSON.stringify({ first, warm, cold }));
