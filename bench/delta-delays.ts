import * as z from 'zod';
import { shown, table } from './figures.ts';
import { runProgram } from './processes.ts';
import { turnCall, type Spread, type ThreadRig } from './thread-rig.ts';

const FAST = { tokens: 1_000, everyMs: 10 };
const SLOW = { tokens: 80, everyMs: 120 };
const ANSWERS = 2;

/** How long a token takes from the model to the function's output: durable before visible, so one put is inside. */
export const measureDelays = async (rig: ThreadRig): Promise<string> => {
  const put = await putAlone(rig);
  const rows: (readonly string[])[] = [['one put of a chunk, alone', ...cells(put)]];
  for (const [name, { tokens, everyMs }] of [
    ['a token every 10 ms (1,000 over 10 s)', FAST],
    ['a token every 120 ms', SLOW],
  ] as const) {
    const threads = await Promise.all(
      Array.from({ length: ANSWERS + 1 }, async () => await rig.openThread()),
    );
    const [warmUp = '', ...measured] = threads;
    const { delays, firstDelays } = await rig.probe({
      entry: 'append-message',
      kind: 'streamed',
      warmUps: [turnCall(warmUp, 200, 5, ' stamped')],
      calls: measured.map((thread) => turnCall(thread, tokens, everyMs, ' stamped')),
      concurrency: 1,
    });
    rows.push([`${name}: each token`, ...cells(delays)]);
    rows.push([`${name}: the first`, ...cells(firstDelays)]);
  }
  return table(['from the model to the reader, ms', 'p50', 'p99', 'samples'], rows);
};

export const cells = ({ p50, p99, count }: Spread): readonly string[] => [
  p50 === null ? '-' : shown(p50, 1),
  p99 === null ? '-' : shown(p99, 1),
  String(count),
];

const PUTS = 300;

export const putAlone = async (rig: ThreadRig): Promise<Spread> => {
  const told = z.object({ p50: z.number(), p99: z.number() }).parse(
    await runProgram(
      'bench/chunk-probe.ts',
      {
        threads: tableOf(rig, 'THREADS_TABLE'),
        chunks: tableOf(rig, 'CHUNKS_TABLE'),
        puts: PUTS,
      },
      rig.environment,
    ),
  );
  return { ...told, count: PUTS };
};

export const tableOf = (rig: ThreadRig, variable: string): string =>
  rig.functions
    .map(({ environment }) => environment[variable])
    .find((name) => name !== undefined) ?? '';
