import { ofBuilds, type Group } from '../kit/compare.ts';
import { turnCall } from '../kit/events.ts';
import { openThreads } from './open-threads.ts';

const ANSWERS = 2;
const PACES = [
  { name: 'fast', what: 'a token every 10 ms', tokens: 1_000, everyMs: 10 },
  { name: 'slow', what: 'a token every 120 ms', tokens: 80, everyMs: 120 },
] as const;

/** How long a token takes from the model to the function's output: durable before visible, so one put is inside. */
export const delays: Group = {
  name: 'delays',
  about: 'one stream, from the model to the reader',
  mode: 'functions',
  rounds: 1,
  isOnlyNamed: true,
  rows: PACES.flatMap(({ name, what }) => [
    { key: `${name} p50`, what: `${what}, to the reader p50, ms`, digits: 1 },
    { key: `${name} p99`, what: `${what}, to the reader p99, ms`, digits: 1 },
    { key: `${name} first`, what: `${what}, the first to the reader p50, ms`, digits: 1 },
  ]),
  contenders: ofBuilds(async (side, { isQuick }) => {
    const figures: Record<string, number> = {};
    for (const { name, tokens, everyMs } of PACES) {
      const [warmUp = '', ...threads] = await openThreads(side, ANSWERS + 1);
      const found = await side.probe({
        entry: 'append-message',
        kind: 'streamed',
        warmUps: [turnCall(warmUp, 200, 5, ' stamped')],
        calls: threads.map((thread) =>
          turnCall(thread, isQuick ? tokens / 10 : tokens, everyMs, ' stamped'),
        ),
        concurrency: 1,
      });
      figures[`${name} p50`] = found.delays.p50 ?? Number.NaN;
      figures[`${name} p99`] = found.delays.p99 ?? Number.NaN;
      figures[`${name} first`] = found.firstDelays.p50 ?? Number.NaN;
    }
    return figures;
  }),
};
